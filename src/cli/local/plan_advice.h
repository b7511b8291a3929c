// What a change of a VirtualMachine or VMClass will mean, for the API server of `vrtg up`: the
// same words as the manager's webhook on a cluster.
#pragma once

#include "controlplane/change_advice.h"

namespace vr::cli {

controlplane::ChangeAdvice MakePlanAdvice();

}  // namespace vr::cli
