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
  // One for each of EffectiveNetworks; null where it has no networkRef.
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

// Disks and network interfaces of the VM: its own where it names any, else its class's.
const std::vector<api::VmDisk>& EffectiveDisks(const api::VirtualMachineSpec& vm,
                                               const api::VmClassSpec& vm_class);
const std::vector<api::VmNetwork>& EffectiveNetworks(const api::VirtualMachineSpec& vm,
                                                     const api::VmClassSpec& vm_class);

// Where the i-th of EffectiveNetworks is written: "spec.networks[0]", "VMClass small:
// spec.networks[0]".
std::string NetworkPath(const api::VirtualMachineSpec& vm, const std::string& vm_class, size_t i);

// kInvalidSpec names the field.
Result<rpc::VmSpec> BuildVmSpec(const api::VirtualMachine& vm, const VmDependencies& dependencies,
                                const GuestData& guest);

}  // namespace vr::controllers
