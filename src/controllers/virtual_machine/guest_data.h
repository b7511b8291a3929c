// Cloud-init and Ignition data of a VirtualMachine, with its Secrets read.
#pragma once

#include "api/v1beta1.h"
#include "base/context.h"
#include "base/result.h"
#include "controllers/virtual_machine/vm_request.h"
#include "kube/client.h"

namespace vr::controllers {

// Reads the Secrets now (they are never cached). User data given in place and in a Secret are
// joined as a MIME multipart; a VM that has none gets the template of its image, which may be null.
// kNotFound or kInvalidSpec name the field, the Secret and the keys looked for.
Result<GuestData> ResolveGuestData(const Context& ctx, const kube::Client& client,
                                   const api::VirtualMachine& vm, const api::VmImage* image);

}  // namespace vr::controllers
