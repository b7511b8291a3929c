// Looking at the world for one pass: dependencies, the running task, the VM on the hypervisor.
#pragma once

#include "base/context.h"
#include "base/result.h"
#include "controllers/provider/pool.h"
#include "controllers/virtual_machine/dependencies.h"
#include "controllers/virtual_machine/pass.h"

namespace vr::controllers {

// What the object itself says.
VmDesired DesiredOf(const api::VirtualMachine& vm);

// Fills pass.desired, dependencies, session, observed and vm. Changes only the task references (and
// the id) of pass.after.status: a task that has ended is taken out of it, and its error returned.
// Other errors: the provider could not be asked.
Status Observe(const Context& ctx, const DependencyStores& stores, const ProviderPool& pool,
               VmPass& pass);

// Asks the provider for the VM; first of all its Watch stream, if that is up to date.
Status ObserveVm(const Context& ctx, VmPass& pass);

}  // namespace vr::controllers
