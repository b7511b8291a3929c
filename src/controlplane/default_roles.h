// The roles and bindings that are there from the start.
#pragma once

#include "base/result.h"
#include "controlplane/object_writer.h"

namespace vr::controlplane {

// Creates what is missing, and brings the rules of cluster-admin, admin, edit, view and the system
// roles up to date; bindings that are there stay as they are.
vr::Status StoreDefaultRoles(const Storage& storage, ObjectWriter& writer);

}  // namespace vr::controlplane
