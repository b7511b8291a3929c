package main

import (
	"fmt"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/restmapper"
)

var (
	vms     = schema.GroupVersionResource{Group: "infra.virtrigaud.io", Version: "v1beta1", Resource: "virtualmachines"}
	secrets = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
)

func (s *session) checkDiscovery() error {
	client, err := discovery.NewDiscoveryClientForConfig(s.config)
	if err != nil {
		return err
	}
	if _, _, err = client.ServerGroupsAndResources(); err != nil {
		return err
	}
	cached := memory.NewMemCacheClient(client)
	mapper := restmapper.NewShortcutExpander(restmapper.NewDeferredDiscoveryRESTMapper(cached), cached, nil)
	for name, want := range map[string]schema.GroupVersionResource{
		"vm": vms, "virtualmachine": vms, "secrets": secrets,
		"events": {Version: "v1", Resource: "events"}, // not those of events.k8s.io
	} {
		got, err := mapper.ResourceFor(schema.GroupVersionResource{Resource: name})
		if err != nil || got != want {
			return fmt.Errorf("%q means %v (%v), not %v", name, got, err, want)
		}
	}
	for _, kind := range []schema.GroupKind{
		{Group: "infra.virtrigaud.io", Kind: "VirtualMachine"}, {Group: "events.k8s.io", Kind: "Event"},
	} {
		mapping, err := mapper.RESTMapping(kind)
		if err != nil || mapping.Scope.Name() != "namespace" {
			return fmt.Errorf("no namespaced mapping of %v: %v", kind, err)
		}
	}
	return nil
}
