// informer checks that client-go works against an API server: discovery, informers, leader election, event recorders.
//
// usage: informer -kubeconfig FILE -namespace NS [-restart]
// Prints a line per check and exits with 1 at the first that fails. With -restart it prints "restart?" once its informers are
// in step, and goes on when a line comes in: the server was restarted meanwhile, the VirtualMachine "gone" was deleted and
// "meanwhile" created. KUBE_FEATURE_WatchListClient says whether lists come as watches.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

const patience = 30 * time.Second

// session is what all checks share.
type session struct {
	ctx       context.Context
	namespace string
	config    *rest.Config
	typed     *kubernetes.Clientset // sends protobuf
	dynamic   *dynamic.DynamicClient
	requests  *requestLog
}

func newSession(ctx context.Context, kubeconfig, namespace string) (*session, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	config.QPS, config.Burst = 200, 400
	s := &session{ctx: ctx, namespace: namespace, config: config, requests: &requestLog{}}
	config.Wrap(s.requests.wrap)
	if s.dynamic, err = dynamic.NewForConfig(config); err != nil {
		return nil, err
	}
	protobuf := rest.CopyConfig(config)
	protobuf.ContentType = "application/vnd.kubernetes.protobuf"
	protobuf.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
	s.typed, err = kubernetes.NewForConfig(protobuf)
	return s, err
}

// eventually waits until ready says yes; an error of ready's ends the wait.
func (s *session) eventually(what string, ready func() (bool, error)) error {
	err := wait.PollUntilContextTimeout(s.ctx, 50*time.Millisecond, patience, true,
		func(context.Context) (bool, error) { return ready() })
	if err != nil {
		return fmt.Errorf("waited for %s: %w", what, err)
	}
	return nil
}

func main() {
	kubeconfig := flag.String("kubeconfig", "", "the server and who asks")
	namespace := flag.String("namespace", "default", "where objects are made")
	restart := flag.Bool("restart", false, "ask for a restart of the server")
	flag.Parse()
	s, err := newSession(context.Background(), *kubeconfig, *namespace)
	if err != nil {
		fmt.Println("FAILED set up:", err)
		os.Exit(1)
	}
	checks := []struct {
		name string
		run  func() error
	}{
		{"discovery and the REST mapper", s.checkDiscovery},
		{"informers", func() error { return s.checkInformers(*restart) }},
		{"a watch from long ago", func() error { return s.checkExpired(*restart) }},
		{"leader election", s.checkElection},
		{"events of core v1", s.checkCoreRecorder},
		{"events of events.k8s.io v1", s.checkNewRecorder},
	}
	for _, check := range checks {
		started := time.Now()
		if err := check.run(); err != nil {
			fmt.Printf("FAILED %s: %v\n", check.name, err)
			os.Exit(1)
		}
		fmt.Printf("ok %s (%.1f s)\n", check.name, time.Since(started).Seconds())
	}
}
