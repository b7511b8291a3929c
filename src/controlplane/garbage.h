// Follow-up deletions: dependents of vanished owners, contents of namespaces that are being
// deleted.
#pragma once

#include "controlplane/object_writer.h"
#include "controlplane/storage.h"

namespace vr::controlplane {

// One pass; idempotent. `now` is when what it finds is said to have begun.
void CollectGarbageOnce(const Storage& storage, ObjectWriter& writer, WallTime now);

}  // namespace vr::controlplane
