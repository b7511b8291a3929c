#include "controllers/virtual_machine/field_support.h"

namespace vr::controllers {
namespace {

using Paths = std::vector<std::string>;

void AddIf(bool set, const std::string& path, Paths& out) {
  if (set) out.push_back(path);
}

void AddPlacement(const api::VmPlacement& in, Paths& out) {
  AddIf(!in.cluster.empty(), "spec.placement.cluster", out);
  AddIf(!in.datastore.empty(), "spec.placement.datastore", out);
  AddIf(!in.folder.empty(), "spec.placement.folder", out);
  AddIf(!in.host.empty(), "spec.placement.host", out);
  AddIf(!in.resource_pool.empty(), "spec.placement.resourcePool", out);
  AddIf(!in.storage_pod.empty(), "spec.placement.storagePod", out);
}

// Defaults of the schema say nothing: only another value is a wish.
void AddClass(const api::VmClass& vm_class, Paths& out) {
  const std::string prefix = "VMClass " + vm_class.meta.name + ": spec.";
  const api::VmClassSpec& in = vm_class.spec;
  const auto wished = [](const std::string& value, const char* by_default) {
    return !value.empty() && value != by_default;
  };
  AddIf(wished(in.guest_tools_policy, "install"), prefix + "guestToolsPolicy", out);
  AddIf(wished(in.latency_sensitivity, "normal"), prefix + "performanceProfile.latencySensitivity",
        out);
  AddIf(wished(in.hyper_threading_policy, "auto"),
        prefix + "performanceProfile.hyperThreadingPolicy", out);
  AddIf(!in.extra_config.empty(), prefix + "extraConfig", out);
  AddIf(!in.libvirt_json.empty(), prefix + "libvirt", out);
}

void AddDisks(const std::vector<api::VmDisk>& disks, const std::string& where, Paths& out) {
  for (size_t i = 0; i < disks.size(); ++i) {
    const std::string path = where + "spec.disks[" + std::to_string(i) + "].";
    AddIf(!disks[i].storage_class.empty(), path + "storageClass", out);
    AddIf(disks[i].expand_policy == "Online", path + "expandPolicy", out);
  }
}

void AddLibvirt(const api::VirtualMachine& vm, const VmDependencies& dependencies, Paths& out) {
  AddPlacement(vm.spec.placement, out);
  AddIf(!vm.spec.tags.empty(), "spec.tags", out);
  AddDisks(vm.spec.disks, "", out);
  if (!dependencies.vm_class) return;
  const api::VmClass& vm_class = *dependencies.vm_class;
  AddClass(vm_class, out);
  if (vm.spec.disks.empty())
    AddDisks(vm_class.spec.disks, "VMClass " + vm_class.meta.name + ": ", out);
}

}  // namespace

std::vector<std::string> FieldsWithoutEffect(const api::VirtualMachine& vm,
                                             const VmDependencies& dependencies) {
  Paths out = vm.spec.without_effect;
  if (dependencies.image) {
    for (const std::string& path : dependencies.image->spec.without_effect)
      out.push_back("VMImage " + dependencies.image->meta.name + ": " + path);
  }
  if (dependencies.provider && dependencies.provider->spec.type == "libvirt")
    AddLibvirt(vm, dependencies, out);
  return out;
}

}  // namespace vr::controllers
