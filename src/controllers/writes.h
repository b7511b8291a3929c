// What reconcilers share about writing objects.
#pragma once

#include <functional>
#include <string>

#include "kube/events.h"
#include "kube/object.h"

namespace vr::controllers {

// Told of the version after each write, so that the object is not reconciled again before the store
// has it (read your own writes).
using WroteFunction = std::function<void(const kube::Key& key, const std::string& version)>;

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
