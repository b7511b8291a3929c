#include "controllers/triggers.h"

#include <nlohmann/json.hpp>

#include "controllers/provider/reconciler.h"
#include "controllers/virtual_machine/reconciler.h"

namespace vr::controllers {
namespace {

constexpr const char* kByImage = "image";
constexpr const char* kByNetwork = "network";
// Creating a hundred VMs changes a Provider's count a hundred times: one look is enough.
constexpr auto kCountDelay = std::chrono::seconds(1);

using runtime::Origin;
using runtime::Priority;
using VmStore = runtime::Store<api::VirtualMachine>;

// Something that a person or another controller changed, as opposed to the status.
bool Changed(const kube::ObjectMeta& before, const kube::ObjectMeta& after) {
  return before.generation != after.generation || before.deleting() != after.deleting() ||
         before.uid != after.uid || before.annotations != after.annotations ||
         before.labels != after.labels || before.finalizers != after.finalizers;
}

template <class Ptr>
bool IsNews(const Ptr& before, const Ptr& after) {
  return !before || !after || Changed(before->meta, after->meta);
}

Priority PriorityOf(Origin origin) {
  return origin == Origin::kInitialList ? Priority::kLow : Priority::kHigh;
}

// VMs look again when an object that they refer to comes, changes or goes.
template <class T>
void WakeUsers(runtime::Store<T>& store, const VmStore& vms, const char* index,
               runtime::WorkQueue& queue) {
  store.AddListener([&vms, &queue, index](const auto& before, const auto& after, Origin origin) {
    if (!IsNews(before, after)) return;
    const kube::Key key = (after ? after : before)->meta.key();
    QueueVms(vms, index, key.ToString(), PriorityOf(origin), queue);
  });
}

// The VMNetworkAttachments that these interfaces name, as the object in namespace `ns` means them.
std::vector<std::string> NetworkKeys(const std::vector<api::VmNetwork>& networks,
                                     const std::string& ns) {
  std::vector<std::string> out;
  for (const api::VmNetwork& network : networks) {
    if (network.network_ref) out.push_back(network.network_ref->Resolve(ns).ToString());
  }
  return out;
}

}  // namespace

void AddIndexes(VmStore& vms) {
  using Values = std::vector<std::string>;
  vms.AddIndex(kByUid, [](const api::VirtualMachine& vm) { return Values{vm.meta.uid}; });
  vms.AddIndex(kByProvider, [](const api::VirtualMachine& vm) {
    return Values{vm.spec.provider_ref.Resolve(vm.meta.ns).ToString()};
  });
  vms.AddIndex(kByClass, [](const api::VirtualMachine& vm) {
    return Values{vm.spec.class_ref.Resolve(vm.meta.ns).ToString()};
  });
  vms.AddIndex(kByImage, [](const api::VirtualMachine& vm) {
    return vm.spec.image_ref ? Values{vm.spec.image_ref->Resolve(vm.meta.ns).ToString()} : Values();
  });
  vms.AddIndex(kByNetwork, [](const api::VirtualMachine& vm) {
    return NetworkKeys(vm.spec.networks, vm.meta.ns);
  });
  vms.AddIndex(kByBusyProvider, [](const api::VirtualMachine& vm) {
    const bool busy = !vm.status.last_task_ref.empty() || !vm.status.reconfigure_task_ref.empty();
    return busy ? Values{vm.spec.provider_ref.Resolve(vm.meta.ns).ToString()} : Values();
  });
  vms.AddIndex(kByTask, [](const api::VirtualMachine& vm) {
    Values out;
    for (const std::string* task : {&vm.status.last_task_ref, &vm.status.reconfigure_task_ref}) {
      if (!task->empty()) out.push_back(*task);
    }
    return out;
  });
}

void QueueVms(const VmStore& vms, const char* index, const std::string& value, Priority priority,
              runtime::WorkQueue& queue) {
  for (const kube::Key& key : vms.ByIndex(index, value)) queue.Add(key, priority);
}

void ConnectTriggers(Stores& stores, runtime::WorkQueue& vm_queue,
                     runtime::WorkQueue& provider_queue) {
  AddIndexes(stores.vms);
  stores.vms.AddListener([&](const VmStore::Ptr& before, const VmStore::Ptr& after, Origin origin) {
    if (!IsNews(before, after)) return;
    const api::VirtualMachine& vm = after ? *after : *before;
    vm_queue.Add(vm.meta.key(), PriorityOf(origin));
    provider_queue.AddAfter(vm.spec.provider_ref.Resolve(vm.meta.ns), kCountDelay);
  });
  stores.providers.AddListener([&](const auto& before, const auto& after, Origin origin) {
    if (IsNews(before, after))
      provider_queue.Add((after ? after : before)->meta.key(), PriorityOf(origin));
  });
  WakeUsers(stores.providers, stores.vms, kByProvider, vm_queue);
  WakeUsers(stores.classes, stores.vms, kByClass, vm_queue);
  WakeUsers(stores.images, stores.vms, kByImage, vm_queue);
  WakeUsers(stores.networks, stores.vms, kByNetwork, vm_queue);
  stores.classes.AddIndex(kByNetwork, [](const api::VmClass& vm_class) {
    return NetworkKeys(vm_class.spec.networks, vm_class.meta.ns);
  });
  stores.networks.AddListener([&](const auto& before, const auto& after, Origin origin) {
    if (!IsNews(before, after)) return;
    const kube::Key network = (after ? after : before)->meta.key();
    for (const kube::Key& of : stores.classes.ByIndex(kByNetwork, network.ToString()))
      QueueVms(stores.vms, kByClass, of.ToString(), PriorityOf(origin), vm_queue);
  });
}

}  // namespace vr::controllers
