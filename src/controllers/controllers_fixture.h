// World: an API server, a hypervisor, the caches and the provider pool, all in memory and moved by
// hand. For tests of reconcilers.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "api/constants.h"
#include "api/v1beta1.h"
#include "controllers/provider/pool.h"
#include "controllers/provider/reconciler.h"
#include "controllers/triggers.h"
#include "controllers/virtual_machine/reconciler.h"
#include "testing/eventually.h"
#include "testing/fake_event_recorder.h"
#include "testing/fake_hypervisor.h"
#include "testing/in_memory_control_plane.h"

namespace vr::controllers {

using Json = nlohmann::json;

using vr::testing::Eventually;

inline Json Object(const std::string& kind, const std::string& name, Json spec) {
  return {{"apiVersion", "infra.virtrigaud.io/v1beta1"},
          {"kind", kind},
          {"metadata", {{"name", name}, {"namespace", "default"}}},
          {"spec", std::move(spec)}};
}

template <class T>
const kube::ResourceType& TypeOf() {
  return kube::ResourceTraits<T>::Type();
}

class World {
 public:
  World()
      : api(SystemClock()),
        pool(
            [this](const kube::Key&, const ProviderTarget&) {
              return std::make_unique<testing::InProcessProvider>(testing::InProcessProvider::Deps{
                  hypervisor.provider(), hypervisor.tasks(), hypervisor.hub()});
            },
            {[](const kube::Key&) {}, [](const kube::Key&, const std::string&) {},
             [](const kube::Key&, const std::string&) {}},
            SystemClock()) {
    ConnectTriggers(stores, vm_queue, provider_queue);
  }

  void Create(Json object) {
    const auto created = api.Create(std::move(object));
    ASSERT_TRUE(created.ok()) << created.error().message;
  }
  void CreateProvider() { Create(Object("Provider", "lab", {{"type", "mock"}})); }
  void CreateClass() { Create(Object("VMClass", "small", {{"cpu", 1}, {"memory", "1Gi"}})); }
  void CreateImage() {
    Create(Object("VMImage", "tiny", {{"source", {{"libvirt", {{"path", "/images/tiny"}}}}}}));
  }
  void CreateVm(const Json& more = Json::object()) {
    Json spec = {{"providerRef", {{"name", "lab"}}},
                 {"classRef", {{"name", "small"}}},
                 {"imageRef", {{"name", "tiny"}}},
                 {"powerState", "On"}};
    spec.update(more);
    Create(Object("VirtualMachine", "web", spec));
  }
  void PatchVm(const Json& patch) {
    const auto patched = api.Patch(TypeOf<api::VirtualMachine>(), kVm, patch);
    ASSERT_TRUE(patched.ok()) << patched.error().message;
  }

  // The session that a running Provider has; waits until it has heard the whole hypervisor.
  void Connect() {
    const auto session = pool.Ensure({"default", "lab"}, {.type = "mock", .address = "here"});
    ASSERT_TRUE(Eventually([&] { return session->health().known && session->observed().fresh(); }));
  }

  // What reflectors do all the time.
  void Refresh() {
    Load(stores.vms);
    Load(stores.providers);
    Load(stores.classes);
    Load(stores.images);
    Load(stores.networks);
  }

  // What the caches hold after an API server without our admission has stored this change.
  template <class T>
  void SmuggleIn(runtime::Store<T>& store, const kube::Key& key, const Json& patch) {
    auto json = api.Get(TypeOf<T>(), key);
    ASSERT_TRUE(json.ok());
    json->merge_patch(patch);
    auto object = kube::ResourceTraits<T>::Decode(*json);
    ASSERT_TRUE(object.ok()) << object.error().message;
    ASSERT_FALSE(object->findings.empty());
    store.Put(*std::move(object), runtime::Origin::kChange);
  }

  // The stored object; null once it is gone.
  template <class T>
  std::unique_ptr<T> Stored(const kube::Key& key) {
    const auto json = api.Get(TypeOf<T>(), key);
    if (!json) return nullptr;
    auto object = kube::ResourceTraits<T>::Decode(*json);
    return object ? std::make_unique<T>(*std::move(object)) : nullptr;
  }
  std::unique_ptr<api::VirtualMachine> Vm() { return Stored<api::VirtualMachine>(kVm); }

  // Waits until the stream has told what the hypervisor has of this object.
  void CatchUp() {
    const auto session = pool.Find({"default", "lab"});
    const auto vm = Vm();
    if (!session || !vm) return;
    ASSERT_TRUE(Eventually([&] {
      const auto told = session->observed().ByOwner(vm->meta.uid);
      const auto real = hypervisor.VmOf(vm->meta.uid);
      const bool made = real && !real->raw.contains("creating");
      return made ? told && *told == *real : told == nullptr;
    }));
  }

  static inline const kube::Key kVm{"default", "web"};

  testing::InMemoryControlPlane api;
  testing::FakeHypervisor hypervisor;
  testing::FakeEventRecorder events;
  obs::Registry metrics;
  Stores stores;
  runtime::WorkQueue vm_queue{SystemClock()};
  runtime::WorkQueue provider_queue{SystemClock()};
  ProviderPool pool;

 private:
  template <class T>
  void Load(runtime::Store<T>& store) {
    const auto all = api.List(TypeOf<T>());
    ASSERT_TRUE(all.ok());
    std::set<kube::Key> listed;
    for (const Json& json : *all) {
      auto object = kube::ResourceTraits<T>::Decode(json);
      ASSERT_TRUE(object.ok()) << object.error().message;
      listed.insert(object->meta.key());
      store.Put(*std::move(object), runtime::Origin::kChange);
    }
    store.KeepOnly(listed);
  }
};

// "False CreateFailed" of a condition; "none" without it.
template <class T>
std::string ConditionText(const T& object, const char* type) {
  const kube::Condition* found = kube::FindCondition(object.status.conditions, type);
  return found == nullptr ? "none" : found->status + " " + found->reason;
}

}  // namespace vr::controllers
