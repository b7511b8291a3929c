// Follow-up deletions: dependents of vanished owners, contents of namespaces that are being
// deleted.
#pragma once

#include "controlplane/object_writer.h"
#include "controlplane/storage.h"

namespace vr::controlplane {

// One pass; idempotent.
void CollectGarbageOnce(const Storage& storage, ObjectWriter& writer);

}  // namespace vr::controlplane
