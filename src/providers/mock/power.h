// What power operations do to a simulated VM, and who may ask for them.
#pragma once

#include <string>

#include "base/result.h"
#include "providers/mock/vm_record.h"
#include "sdk/provider.h"

namespace vr::mock {

// When the guest of a VM that is switched on has come up.
enum class Boot { kAtOnce, kLater };

// Asking for the state that it is in changes nothing. kConflict where the VM would have to run.
Status ApplyPower(VmRecord& record, sdk::PowerOp op, Boot boot);

// kConflict if the VM has another owner than the one who asks; who does not say may.
Status CheckOwner(const VmRecord& record, const std::string& owner_uid);

}  // namespace vr::mock
