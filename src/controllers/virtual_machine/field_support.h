// Which settings a type of provider does not act on, so that they are shown instead of being
// ignored.
#pragma once

#include <string>
#include <vector>

#include "api/v1beta1.h"
#include "controllers/virtual_machine/vm_request.h"

namespace vr::controllers {

// Paths that are set and have no effect, for example "spec.tags" or "VMClass small:
// spec.extraConfig". What a provider refuses outright (UnsupportedByProvider) is not listed.
std::vector<std::string> FieldsWithoutEffect(const api::VirtualMachine& vm,
                                             const VmDependencies& dependencies);

}  // namespace vr::controllers
