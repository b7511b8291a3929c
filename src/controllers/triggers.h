// Which change of which object makes which other object worth a look.
#pragma once

#include "api/v1beta1.h"
#include "runtime/queue.h"
#include "runtime/store.h"

namespace vr::controllers {

// The caches of all kinds that the manager reads.
struct Stores {
  runtime::Store<api::VirtualMachine> vms;
  runtime::Store<api::Provider> providers;
  runtime::Store<api::VmClass> classes;
  runtime::Store<api::VmImage> images;
  runtime::Store<api::VmNetworkAttachment> networks;
};

// Declares the indexes of the VirtualMachine store. ConnectTriggers does it as well.
void AddIndexes(runtime::Store<api::VirtualMachine>& vms);

// Declares the indexes and connects the stores to the queues; before the reflectors start. Writes
// of our own to a status wake nobody: what follows them is scheduled by who wrote.
void ConnectTriggers(Stores& stores, runtime::WorkQueue& vm_queue,
                     runtime::WorkQueue& provider_queue);

// Queues every VirtualMachine that the index files under `value`.
void QueueVms(const runtime::Store<api::VirtualMachine>& vms, const char* index,
              const std::string& value, runtime::Priority priority, runtime::WorkQueue& queue);

// Indexes of the VirtualMachine store. The object's UID:
inline constexpr const char* kByUid = "uid";
// "namespace/name" of its VMClass.
inline constexpr const char* kByClass = "class";

}  // namespace vr::controllers
