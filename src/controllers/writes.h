// What reconcilers share about writing objects.
#pragma once

#include <functional>
#include <string>

#include "kube/events.h"
#include "kube/object.h"
#include "runtime/controller.h"
#include "runtime/store.h"

namespace vr::controllers {

// Told of the version after each write, so that the object is not reconciled again before the store
// has it (read your own writes).
using WroteFunction = std::function<void(const kube::Key& key, const std::string& version)>;

// After a write that lost against another one (kStale): another look, as soon as the store has
// anything newer than what this pass read. Nothing failed, so nothing is reported or backed off.
inline runtime::Outcome LookAgain(const WroteFunction& wrote, const kube::ObjectMeta& read) {
  wrote(read.key(), std::to_string(runtime::VersionNumber(read.resource_version) + 1));
  return runtime::RequeueAfter(Duration::zero());
}

// What an event is about.
inline kube::ObjectReference ReferenceTo(const kube::ResourceType& type,
                                         const kube::ObjectMeta& meta) {
  return {.api_version = type.ApiVersion(),
          .kind = type.kind,
          .key = meta.key(),
          .uid = meta.uid,
          .resource_version = meta.resource_version};
}

}  // namespace vr::controllers
