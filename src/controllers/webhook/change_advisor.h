// What an update of a VirtualMachine or VMClass will mean for the VMs that exist, from the caches.
#pragma once

#include "controllers/triggers.h"
#include "controllers/webhook/review.h"

namespace vr::controllers {

// `stores` outlive it. Thread-safe. Says nothing while what it needs is not in the caches.
ChangeAdvisor MakeChangeAdvisor(const Stores& stores);

}  // namespace vr::controllers
