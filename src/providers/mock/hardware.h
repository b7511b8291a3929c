// From what the manager asks for to what a simulated VM has.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "providers/mock/vm_record.h"
#include "sdk/provider.h"

namespace vr::mock {

// Gives each NIC the number that its addresses are made of.
using NumberSource = std::function<int64_t()>;

// The id of the VM with this identity (sdk::IdentityOf), the same on every run: a repeated Create
// cannot make a second one.
std::string VmIdFor(std::string_view identity);
std::string SnapshotIdFor(std::string_view vm_id, std::string_view name);

// kInvalidSpec, naming the field, for what cannot be made.
Status CheckVmSpec(const sdk::VmSpec& spec);
Status CheckCloneTarget(const sdk::VmSpec& target);

// A VM in the making, switched off. The spec has passed CheckVmSpec.
VmRecord NewVm(const sdk::VmSpec& spec, const NumberSource& number);

// The copy of `source` for another owner; what the target leaves out is as in the source.
VmRecord CloneOf(const VmRecord& source, const sdk::CloneRequest& request,
                 const NumberSource& number);

// Brings CPUs, memory, disks and NICs to `desired`; zero and empty mean "as it is". Disks grow and
// are added, those that are not listed any more are removed; kInvalidSpec for one that would
// shrink.
Status Reconfigure(sdk::VmState& vm, const sdk::VmSpec& desired, const NumberSource& number);

// Three VMs of nobody, as a hypervisor has that was used before.
std::vector<VmRecord> SampleVms(const NumberSource& number);

}  // namespace vr::mock
