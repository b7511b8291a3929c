// The end of a namespace: its contents go first, then it is let go.
#pragma once

#include "controlplane/object_writer.h"
#include "controlplane/storage.h"

namespace vr::controlplane {

// One pass over a namespace that is being deleted, `stored`; idempotent. While something is left,
// the conditions of its status say what, and what holds that.
void EndNamespace(const Storage& storage, ObjectWriter& writer, const kube::Key& key,
                  const Stored& stored, WallTime now);

}  // namespace vr::controlplane
