// The objects that a VirtualMachine refers to, looked up in the caches.
#pragma once

#include <string>
#include <vector>

#include "api/v1beta1.h"
#include "controllers/virtual_machine/plan.h"
#include "controllers/virtual_machine/vm_request.h"
#include "runtime/store.h"

namespace vr::controllers {

struct DependencyStores {
  const runtime::Store<api::Provider>& providers;
  const runtime::Store<api::VmClass>& classes;
  const runtime::Store<api::VmImage>& images;
  const runtime::Store<api::VmNetworkAttachment>& networks;
};

// Which dependencies a pass cannot do without.
enum class Need {
  kProvider,  // to delete
  kClass,     // and the class: to keep what exists as it should be
  kAll,       // to create
};

// What is there; what is needed and is not, or is not valid, goes into the missing ones of
// `observed`, each with its remedy.
VmDependencies LookUp(const DependencyStores& stores, const api::VirtualMachine& vm, Need need,
                      VmObserved& observed);

}  // namespace vr::controllers
