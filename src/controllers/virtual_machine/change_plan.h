// What a change of a VirtualMachine, or of its VMClass, will mean for a VM that exists: for people,
// before the change is made. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "api/v1beta1.h"
#include "controllers/virtual_machine/plan.h"

namespace vr::controllers {

enum class ChangeEffect {
  kHot,          // while the VM runs
  kWhileOff,     // at once: the VM is off
  kPowerCycle,   // when it is switched off and on again
  kReplacement,  // this VM keeps what it has; a new one gets it
  kImpossible,   // its provider cannot do it
};

struct VmChange {
  std::string what;  // "cpu is 2, wanted 4"
  ChangeEffect effect = ChangeEffect::kHot;
  friend auto operator<=>(const VmChange&, const VmChange&) = default;
};

// One side of a change: the VM's own spec and its class as they are, or as they are going to be.
struct VmVersion {
  const api::VirtualMachineSpec& spec;
  const api::VmClassSpec& vm_class;
};

// What is known of the VM and its provider.
struct ChangeFacts {
  bool exists = false;  // on the hypervisor; a VM that is yet to be made takes any change
  rpc::PowerState power = rpc::PowerState::kUnknown;
  api::Resources current;  // as the hypervisor has them; 0: not known
  const api::ReportedCapabilities* capabilities = nullptr;  // null: not known yet
};

// From a VM's status and its Provider's.
ChangeFacts FactsOf(const api::VirtualMachineStatus& status, const api::Provider* provider);

// Nothing for what takes effect without touching the VM.
std::vector<VmChange> PlanChange(const VmVersion& before, const VmVersion& after,
                                 const ChangeFacts& facts);

// "cpu is 2, wanted 4: needs a power cycle"
std::string ToString(const VmChange& change);

}  // namespace vr::controllers
