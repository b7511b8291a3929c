package main

import (
	"bufio"
	"fmt"
	"os"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/features"
	"k8s.io/client-go/tools/cache"
)

// sightings are what an informer's handler was told: "add", "update" or "delete" and a name.
type sightings struct {
	mutex sync.Mutex
	seen  map[string]bool
}

func (o *sightings) note(what string, object any) {
	if gone, ok := object.(cache.DeletedFinalStateUnknown); ok {
		object = gone.Obj
	}
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.seen[what+" "+object.(*unstructured.Unstructured).GetName()] = true
}

func (o *sightings) has(what string) bool {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.seen[what]
}

func (o *sightings) watch(informer cache.SharedIndexInformer) error {
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { o.note("add", object) },
		UpdateFunc: func(_, object any) { o.note("update", object) },
		DeleteFunc: func(object any) { o.note("delete", object) },
	})
	return err
}

func vm(name string) *unstructured.Unstructured {
	reference := func(name string) map[string]any { return map[string]any{"name": name} }
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "infra.virtrigaud.io/v1beta1", "kind": "VirtualMachine",
		"metadata": map[string]any{"name": name},
		"spec": map[string]any{
			"providerRef": reference("p"), "classRef": reference("small"), "imageRef": reference("debian")},
	}}
}

func (s *session) checkInformers(restart bool) error {
	client := s.dynamic.Resource(vms).Namespace(s.namespace)
	for _, name := range []string{"there", "gone"} {
		if _, err := client.Create(s.ctx, vm(name), metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	factory := dynamicinformer.NewFilteredDynamicSharedInformerFactory(s.dynamic, 0, s.namespace, nil)
	seenVms, seenSecrets := &sightings{seen: map[string]bool{}}, &sightings{seen: map[string]bool{}}
	if err := seenVms.watch(factory.ForResource(vms).Informer()); err != nil {
		return err
	}
	if err := seenSecrets.watch(factory.ForResource(secrets).Informer()); err != nil {
		return err
	}
	stop := make(chan struct{})
	defer close(stop)
	factory.Start(stop)
	synced := factory.ForResource(vms).Informer().HasSynced
	synced2 := factory.ForResource(secrets).Informer().HasSynced
	if err := s.eventually("both informers to sync", func() (bool, error) { return synced() && synced2(), nil }); err != nil {
		return err
	}
	if err := s.checkHowItListed(); err != nil {
		return err
	}
	if err := s.changeVms(seenVms); err != nil {
		return err
	}
	if err := s.changeSecrets(seenSecrets); err != nil {
		return err
	}
	if restart {
		return s.survive(seenVms)
	}
	return nil
}

// checkHowItListed holds what was asked against what the feature gate says; client-go falls back silently.
func (s *session) checkHowItListed() error {
	on := features.FeatureGates().Enabled(features.WatchListClient)
	for _, plural := range []string{"virtualmachines", "secrets"} {
		lists, streams := s.requests.of(plural)
		if on != (streams > 0) || on != (lists == 0) {
			return fmt.Errorf("WatchList is %v, and %s came by %d lists and %d initial streams", on, plural, lists, streams)
		}
	}
	return nil
}

func (s *session) sees(o *sightings, what string) error {
	return s.eventually("the informer to tell of "+what, func() (bool, error) { return o.has(what), nil })
}

func (s *session) changeVms(seen *sightings) error {
	client := s.dynamic.Resource(vms).Namespace(s.namespace)
	if err := s.sees(seen, "add there"); err != nil {
		return err
	}
	if _, err := client.Create(s.ctx, vm("web"), metav1.CreateOptions{}); err != nil {
		return err
	}
	if err := s.sees(seen, "add web"); err != nil {
		return err
	}
	patch := []byte(`{"spec":{"powerState":"On"}}`)
	if _, err := client.Patch(s.ctx, "web", types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
		return err
	}
	if err := s.sees(seen, "update web"); err != nil {
		return err
	}
	if err := client.Delete(s.ctx, "web", metav1.DeleteOptions{}); err != nil {
		return err
	}
	return s.sees(seen, "delete web")
}

func (s *session) changeSecrets(seen *sightings) error {
	client := s.typed.CoreV1().Secrets(s.namespace)
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "login"}, StringData: map[string]string{"user": "admin"}}
	made, err := client.Create(s.ctx, secret, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	if string(made.Data["user"]) != "admin" {
		return fmt.Errorf("stringData did not become data: %v", made.Data)
	}
	made.Data["user"] = []byte("root")
	if _, err := client.Update(s.ctx, made, metav1.UpdateOptions{}); err != nil {
		return err
	}
	if _, err := client.Update(s.ctx, made, metav1.UpdateOptions{}); !apierrors.IsConflict(err) {
		return fmt.Errorf("an update of an old version was not a conflict: %v", err)
	}
	if err := client.Delete(s.ctx, "login", metav1.DeleteOptions{}); err != nil {
		return err
	}
	for _, what := range []string{"add login", "update login", "delete login"} {
		if err := s.sees(seen, what); err != nil {
			return err
		}
	}
	return nil
}

// survive has the server restarted: the informer learns what happened while it was away.
func (s *session) survive(seen *sightings) error {
	fmt.Println("restart?")
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		return fmt.Errorf("nobody restarted the server: %w", err)
	}
	for _, what := range []string{"add meanwhile", "delete gone"} {
		if err := s.sees(seen, what); err != nil {
			return err
		}
	}
	client := s.dynamic.Resource(vms).Namespace(s.namespace)
	if _, err := client.Create(s.ctx, vm("after"), metav1.CreateOptions{}); err != nil {
		return err
	}
	return s.sees(seen, "add after")
}

// checkExpired asks for a watch from a version that a restarted server does not know: 410 is what makes an informer list anew.
func (s *session) checkExpired(restarted bool) error {
	watcher, err := s.dynamic.Resource(vms).Namespace(s.namespace).Watch(s.ctx, metav1.ListOptions{ResourceVersion: "1"})
	if apierrors.IsResourceExpired(err) || apierrors.IsGone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	defer watcher.Stop()
	event, ok := <-watcher.ResultChan()
	if !ok {
		return fmt.Errorf("the watch ended without a word")
	}
	if event.Type == watch.Error {
		if err := apierrors.FromObject(event.Object); !apierrors.IsResourceExpired(err) && !apierrors.IsGone(err) {
			return fmt.Errorf("not 410: %w", err)
		}
	}
	if event.Type != watch.Error && restarted {
		return fmt.Errorf("a restarted server went on from version 1 with %v", event.Type)
	}
	return nil // a server that was not restarted may know all of its history
}
