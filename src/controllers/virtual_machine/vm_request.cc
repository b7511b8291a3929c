#include "controllers/virtual_machine/vm_request.h"

#include <charconv>
#include <sstream>

#include "base/text.h"
#include "controllers/virtual_machine/text_template.h"

namespace vr::controllers {
namespace {

constexpr const char* kRootDisk = "root";  // of spec.disks: the size of the disk that boots

rpc::VmClassSpec ClassSpec(const api::VirtualMachine& vm, const api::VmClass& vm_class) {
  const api::VmClassSpec& in = vm_class.spec;
  const api::Resources resources = EffectiveResources(vm, vm_class);
  return {.cpus = resources.cpu,
          .memory_mib = resources.memory_mib,
          .firmware = in.firmware,
          .guest_tools_policy = in.guest_tools_policy,
          .root_disk_type = in.root_disk_type,
          .root_disk_gib = in.root_disk_gib,
          .storage_class = in.storage_class,
          .root_disk_iops = in.root_disk_iops,
          .cpu_hot_add = in.cpu_hot_add,
          .memory_hot_add = in.memory_hot_add,
          .nested_virtualization = in.nested_virtualization,
          .virtualization_based_security = in.virtualization_based_security,
          .latency_sensitivity = in.latency_sensitivity,
          .hyper_threading_policy = in.hyper_threading_policy,
          .secure_boot = in.secure_boot,
          .tpm_enabled = in.tpm_enabled,
          .tpm_version = in.tpm_version,
          .vtd_enabled = in.vtd_enabled,
          .encryption_enabled = in.encryption_enabled,
          .key_provider = in.key_provider,
          .require_encryption = in.require_encryption,
          .cpu_limit_mhz = in.cpu_limit,
          .cpu_reservation_mhz = in.cpu_reservation,
          .cpu_shares = in.cpu_shares,
          .memory_limit_mib = in.memory_limit_mib,
          .memory_reservation_mib = in.memory_reservation_mib,
          .extra_config = in.extra_config};
}

rpc::ImageSource Image(const api::VirtualMachine& vm, const VmDependencies& dependencies) {
  if (vm.spec.imported_disk) {
    const api::ImportedDisk& disk = *vm.spec.imported_disk;
    return {.name = disk.disk_id,
            .path = disk.path.empty() ? disk.disk_id : disk.path,
            .format = disk.format};
  }
  if (!dependencies.image) return {};
  const api::VmImageSpec& in = dependencies.image->spec;
  return {.name = dependencies.image->meta.name,
          .template_name = in.template_name,
          .path = in.path,
          .url = in.url,
          .format = in.format,
          .checksum = in.checksum,
          .checksum_type = in.checksum_type,
          .storage_pool = in.storage_pool,
          .headers = in.headers,
          .spec_json = in.spec_json};
}

std::vector<std::string> SplitCommas(const std::string& list) {
  std::vector<std::string> out;
  std::istringstream stream(list);
  for (std::string item; std::getline(stream, item, ',');) {
    if (const std::string_view server = Trimmed(item); !server.empty()) out.emplace_back(server);
  }
  return out;
}

// "10.0.0.5/24" into the address and its prefix; a bare address keeps the given prefix.
Status SetStaticAddress(rpc::NetworkAttachment& out, const std::string& text, int32_t prefix,
                        const std::string& path) {
  const size_t slash = text.find('/');
  out.ip_policy = "static";
  out.static_ip = text.substr(0, slash);
  out.prefix = prefix;
  if (slash != std::string::npos)
    std::from_chars(text.data() + slash + 1, text.data() + text.size(), out.prefix);
  if (out.prefix <= 0) {
    return Error{ErrorKind::kInvalidSpec,
                 path + ".ipAddress needs " + path + ".prefix (the network's prefix length)",
                 {}};
  }
  return {};
}

void ApplyAttachment(const api::VmNetworkAttachmentSpec& in, rpc::NetworkAttachment& out) {
  out.network_name = in.network_name;
  out.bridge = in.bridge;
  out.portgroup = in.portgroup;
  out.vlan = in.vlan;
  out.model = in.model;
  // 1500 is the schema's default and Ethernet's own: left to the hypervisor, where some refuse it
  // and others would lower the MTU of a whole bridge.
  constexpr int32_t kEthernetMtu = 1500;
  out.mtu = in.mtu == kEthernetMtu ? 0 : in.mtu;
  out.pci_slot_number = in.pci_slot_number;
  out.dns = in.dns_servers;
  out.gateway = in.static_gateway;
  // A NAT network without a name is QEMU's user mode: it needs no set-up and no rights.
  if (in.type == "nat" && in.network_name.empty() && in.bridge.empty()) out.mode = "user";
}

Result<rpc::NetworkAttachment> Network(const api::VmNetwork& in,
                                       const api::VmNetworkAttachment* attachment,
                                       const std::string& path) {
  rpc::NetworkAttachment out{.name = in.name, .ip_policy = "dhcp"};
  if (attachment != nullptr) {
    ApplyAttachment(attachment->spec, out);
    if (attachment->spec.ip_type == "None") out.ip_policy = "none";
    if (!attachment->spec.static_address.empty()) {
      VR_RETURN_IF_ERROR(SetStaticAddress(
          out, attachment->spec.static_address, 0,
          "VMNetworkAttachment " + attachment->meta.name + ": spec.ipAllocation.staticConfig"));
    }
  }
  if (!in.bridge.empty()) out.bridge = in.bridge;
  if (!in.port_group.empty()) out.portgroup = in.port_group;
  if (!in.adapter.empty()) out.model = in.adapter;
  if (in.vlan > 0) out.vlan = in.vlan;
  if (!in.mac_address.empty()) out.mac_address = in.mac_address;
  if (!in.gateway.empty()) out.gateway = in.gateway;
  if (!in.dns.empty()) out.dns = SplitCommas(in.dns);
  if (!in.ip_address.empty())
    VR_RETURN_IF_ERROR(SetStaticAddress(out, in.ip_address, in.prefix, path));
  return out;
}

Result<std::vector<rpc::NetworkAttachment>> Networks(const api::VirtualMachine& vm,
                                                     const VmDependencies& dependencies) {
  std::vector<rpc::NetworkAttachment> out;
  const auto& networks = EffectiveNetworks(vm.spec, dependencies.vm_class->spec);
  for (size_t i = 0; i < networks.size(); ++i) {
    const std::string path = NetworkPath(vm.spec, dependencies.vm_class->meta.name, i);
    VR_ASSIGN_OR_RETURN(rpc::NetworkAttachment nic,
                        Network(networks[i], dependencies.networks[i].get(), path));
    out.push_back(std::move(nic));
  }
  const std::string& by_default = dependencies.provider->spec.default_network;
  if (out.empty() && !by_default.empty())
    out.push_back({.name = "default", .network_name = by_default, .ip_policy = "dhcp"});
  return out;
}

rpc::Placement Place(const api::VmPlacement& in, const api::ProviderSpec& defaults) {
  const auto first = [](const std::string& own, const std::string& fallback) {
    return own.empty() ? fallback : own;
  };
  return {.datastore = first(in.datastore, defaults.default_datastore),
          .storage_pod = first(in.storage_pod, defaults.default_storage_pod),
          .storage_pool = defaults.default_storage_pool,
          .cluster = first(in.cluster, defaults.default_cluster),
          .folder = first(in.folder, defaults.default_folder),
          .host = in.host,
          .resource_pool = first(in.resource_pool, defaults.default_resource_pool),
          .datacenter = in.datacenter};
}

// The VM's name on the hypervisor.
Result<std::string> HypervisorName(const api::Provider& provider, const kube::ObjectMeta& vm) {
  return FillIn(provider.spec.vm_name_template,
                {{"Name", vm.name}, {"Namespace", vm.ns}, {"UID", vm.uid}},
                "Provider " + provider.meta.name + ": spec.vmNameTemplate");
}

}  // namespace

std::string NetworkPath(const api::VirtualMachineSpec& vm, const std::string& vm_class, size_t i) {
  const std::string path = "spec.networks[" + std::to_string(i) + "]";
  return vm.networks.empty() ? "VMClass " + vm_class + ": " + path : path;
}

api::Resources EffectiveResources(const api::VirtualMachine& vm, const api::VmClass& vm_class) {
  api::Resources out = vm.spec.resources;
  if (out.cpu == 0) out.cpu = vm_class.spec.cpu;
  if (out.memory_mib == 0) out.memory_mib = vm_class.spec.memory_mib;
  return out;
}

const std::vector<api::VmDisk>& EffectiveDisks(const api::VirtualMachineSpec& vm,
                                               const api::VmClassSpec& vm_class) {
  return vm.disks.empty() ? vm_class.disks : vm.disks;
}

const std::vector<api::VmNetwork>& EffectiveNetworks(const api::VirtualMachineSpec& vm,
                                                     const api::VmClassSpec& vm_class) {
  return vm.networks.empty() ? vm_class.networks : vm.networks;
}

Result<rpc::VmSpec> BuildVmSpec(const api::VirtualMachine& vm, const VmDependencies& dependencies,
                                const GuestData& guest) {
  if (vm.spec.image_ref && vm.spec.imported_disk) {
    return Error{ErrorKind::kInvalidSpec,
                 "spec.imageRef and spec.importedDisk exclude each other: keep one",
                 {}};
  }
  if (!vm.spec.image_ref && !vm.spec.imported_disk) {
    return Error{ErrorKind::kInvalidSpec,
                 "spec.imageRef (or spec.importedDisk) is missing: nothing to boot from",
                 {}};
  }
  rpc::VmSpec out;
  VR_ASSIGN_OR_RETURN(out.name, HypervisorName(*dependencies.provider, vm.meta));
  out.owner_uid = vm.meta.uid;
  out.owner_key = vm.meta.key().ToString();
  out.user_data = guest.user_data;
  out.user_data_kind = guest.user_data_kind;
  out.meta_data = guest.meta_data;
  out.vm_class = ClassSpec(vm, *dependencies.vm_class);
  out.image = Image(vm, dependencies);
  VR_ASSIGN_OR_RETURN(out.networks, Networks(vm, dependencies));
  for (const api::VmDisk& disk : EffectiveDisks(vm.spec, dependencies.vm_class->spec)) {
    if (disk.name == kRootDisk) {
      out.vm_class.root_disk_gib = disk.size_gib;
      continue;
    }
    out.disks.push_back({.name = disk.name,
                         .size_gib = disk.size_gib,
                         .type = disk.type,
                         .storage_class = disk.storage_class,
                         .expand_policy = disk.expand_policy});
  }
  out.placement = Place(vm.spec.placement, dependencies.provider->spec);
  out.tags = vm.spec.tags;
  return out;
}

}  // namespace vr::controllers
