package main

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/tools/record"
)

func (s *session) subject(name string) *corev1.ObjectReference {
	return &corev1.ObjectReference{APIVersion: "infra.virtrigaud.io/v1beta1", Kind: "VirtualMachine",
		Namespace: s.namespace, Name: name, UID: "11111111-2222-3333-4444-555555555555"}
}

// checkCoreRecorder reports the same twice, which the recorder counts in one object.
func (s *session) checkCoreRecorder() error {
	broadcaster := record.NewBroadcaster()
	defer broadcaster.Shutdown()
	broadcaster.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: s.typed.CoreV1().Events(s.namespace)})
	recorder := broadcaster.NewRecorder(scheme.Scheme, corev1.EventSource{Component: "informer"})
	for i := 0; i < 2; i++ {
		recorder.Event(s.subject("core"), corev1.EventTypeNormal, "Started", "it runs")
	}
	find := metav1.ListOptions{FieldSelector: "involvedObject.name=core,reason=Started"}
	return s.eventually("an Event that was counted twice", func() (bool, error) {
		list, err := s.typed.CoreV1().Events(s.namespace).List(s.ctx, find)
		if err != nil || len(list.Items) == 0 {
			return false, err
		}
		if len(list.Items) > 1 {
			return false, fmt.Errorf("%d Events, not one", len(list.Items))
		}
		return list.Items[0].Count == 2 && list.Items[0].Message == "it runs", nil
	})
}

// checkNewRecorder does it with the newer API: the second time makes it a series, and core v1 shows it too.
func (s *session) checkNewRecorder() error {
	broadcaster := events.NewBroadcaster(&events.EventSinkImpl{Interface: s.typed.EventsV1()})
	defer broadcaster.Shutdown()
	if err := broadcaster.StartRecordingToSinkWithContext(s.ctx); err != nil {
		return err
	}
	recorder := broadcaster.NewRecorder(scheme.Scheme, "virtrigaud.io/informer")
	report := func() {
		recorder.Eventf(s.subject("new"), nil, corev1.EventTypeWarning, "Failed", "Start", "it %s", "failed")
	}
	var found *eventsv1.Event
	look := func(ready func(*eventsv1.Event) bool) func() (bool, error) {
		find := metav1.ListOptions{FieldSelector: "regarding.name=new,reason=Failed"}
		return func() (bool, error) {
			list, err := s.typed.EventsV1().Events(s.namespace).List(s.ctx, find)
			if err != nil || len(list.Items) != 1 {
				return false, err
			}
			found = &list.Items[0]
			return ready(found), nil
		}
	}
	report()
	if err := s.eventually("an Event", look(func(*eventsv1.Event) bool { return true })); err != nil {
		return err
	}
	if found.Note != "it failed" || found.Action != "Start" || found.EventTime.IsZero() {
		return fmt.Errorf("the Event is not as reported: %v", found)
	}
	report()
	series := func(event *eventsv1.Event) bool { return event.Series != nil && event.Series.Count == 2 }
	if err := s.eventually("a series of two", look(series)); err != nil {
		return err
	}
	old, err := s.typed.CoreV1().Events(s.namespace).Get(s.ctx, found.Name, metav1.GetOptions{})
	if err != nil || old.Message != "it failed" || old.Series == nil {
		return fmt.Errorf("core v1 shows it otherwise: %v (%v)", old, err)
	}
	return nil
}
