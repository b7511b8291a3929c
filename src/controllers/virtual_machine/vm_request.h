// What a provider is told to make: the VirtualMachine and all that it refers to, as one
// rpc::VmSpec.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "api/v1beta1.h"
#include "base/result.h"
#include "rpc/messages.h"

namespace vr::controllers {

// The objects that a VirtualMachine refers to, complete.
struct VmDependencies {
  std::shared_ptr<const api::Provider> provider;
  std::shared_ptr<const api::VmClass> vm_class;
  std::shared_ptr<const api::VmImage> image;  // null without an imageRef
  // One for each of spec.networks; null where it has no networkRef.
  std::vector<std::shared_ptr<const api::VmNetworkAttachment>> networks;
};

// What the guest reads at its first boot, Secrets resolved.
struct GuestData {
  std::string user_data;
  std::string user_data_kind = "cloud-init";
  std::string meta_data;
};

// CPU and memory of the VM: its own where given, else its class's.
api::Resources EffectiveResources(const api::VirtualMachine& vm, const api::VmClass& vm_class);

// The VM's name on the hypervisor: spec.vmNameTemplate of its Provider, filled in.
std::string HypervisorName(const api::Provider& provider, const kube::ObjectMeta& vm);

// kInvalidSpec names the field.
Result<rpc::VmSpec> BuildVmSpec(const api::VirtualMachine& vm, const VmDependencies& dependencies,
                                const GuestData& guest);

}  // namespace vr::controllers
