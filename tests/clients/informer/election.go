package main

import (
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// candidate runs for election; its name goes to leads when it wins, and its channel closes when it has stopped.
func (s *session) candidate(ctx context.Context, name string, leads chan<- string) (<-chan struct{}, error) {
	lock := &resourcelock.LeaseLock{
		LeaseMeta:  metav1.ObjectMeta{Name: "manager", Namespace: s.namespace},
		Client:     s.typed.CoordinationV1(),
		LockConfig: resourcelock.ResourceLockConfig{Identity: name},
	}
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Lock: lock, ReleaseOnCancel: true,
		LeaseDuration: 3 * time.Second, RenewDeadline: 2 * time.Second, RetryPeriod: 300 * time.Millisecond,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(context.Context) { leads <- name },
			OnStoppedLeading: func() {},
		},
	})
	if err != nil {
		return nil, err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		elector.Run(ctx)
	}()
	return done, nil
}

func wantLeader(leads <-chan string, want string) error {
	select {
	case got := <-leads:
		if got != want {
			return fmt.Errorf("%s leads, not %s", got, want)
		}
		return nil
	case <-time.After(patience):
		return fmt.Errorf("%s does not lead", want)
	}
}

func (s *session) checkElection() error {
	leads := make(chan string, 2)
	first, stopFirst := context.WithCancel(s.ctx)
	defer stopFirst()
	firstDone, err := s.candidate(first, "first", leads)
	if err != nil {
		return err
	}
	if err := wantLeader(leads, "first"); err != nil {
		return err
	}
	second, stopSecond := context.WithCancel(s.ctx)
	defer stopSecond()
	secondDone, err := s.candidate(second, "second", leads)
	if err != nil {
		return err
	}
	select {
	case got := <-leads:
		return fmt.Errorf("%s leads while first does", got)
	case <-time.After(time.Second): // a few renewals
	}
	stopFirst()
	<-firstDone
	if err := wantLeader(leads, "second"); err != nil {
		return err
	}
	lease, err := s.typed.CoordinationV1().Leases(s.namespace).Get(s.ctx, "manager", metav1.GetOptions{})
	if err != nil || lease.Spec.HolderIdentity == nil || *lease.Spec.HolderIdentity != "second" {
		return fmt.Errorf("the lease is not the second one's: %v (%v)", lease, err)
	}
	stopSecond()
	<-secondDone
	return nil
}
