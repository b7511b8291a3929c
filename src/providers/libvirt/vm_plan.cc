#include "providers/libvirt/vm_plan.h"

#include <algorithm>
#include <set>
#include <utility>

#include "guest/cloud_init.h"

namespace vr::libvirt {
namespace {

constexpr int64_t kGib = int64_t{1} << 30;
constexpr int32_t kMaxCpus = 255;

Error Bad(std::string message) { return Error{ErrorKind::kInvalidSpec, std::move(message), {}}; }
Error Lacking(std::string message) {
  return Error{ErrorKind::kNotSupported, "libvirt provider: " + std::move(message), {}};
}

Status CheckClass(const sdk::VmClassSpec& c) {
  if (c.cpus < 1 || c.cpus > kMaxCpus) return Bad("cpu must be between 1 and 255");
  if (c.memory_mib < 16) return Bad("memory must be at least 16 MiB");
  if (c.root_disk_gib < 0) return Bad("the root disk's size is negative");
  if (c.firmware != "" && c.firmware != "BIOS" && c.firmware != "UEFI" &&
      c.firmware != "UEFISecure") {
    return Bad("firmware " + c.firmware + " is unknown: use BIOS or UEFI");
  }
  if (c.secure_boot && c.firmware == "BIOS") return Bad("secure boot needs firmware UEFI");
  if (c.tpm_enabled && !c.tpm_version.empty() && c.tpm_version != "2.0") {
    return Lacking("tpmVersion " + c.tpm_version + " is not available; use 2.0");
  }
  if (c.encryption_enabled || c.require_encryption) return Lacking("disk encryption");
  if (c.vtd_enabled) return Lacking("vtdEnabled");
  if (c.virtualization_based_security) return Lacking("virtualizationBasedSecurity");
  if (c.memory_hot_add) return Lacking("memoryHotAddEnabled");
  if (c.cpu_limit_mhz > 0 || c.cpu_reservation_mhz > 0 || c.cpu_shares > 0 ||
      c.memory_limit_mib > 0 || c.memory_reservation_mib > 0) {
    return Lacking("resourceLimits");
  }
  if (c.root_disk_iops > 0) return Lacking("iops of the root disk");
  return {};
}

Status CheckNetwork(const sdk::NetworkAttachment& nic) {
  if (!nic.portgroup.empty()) return Lacking("portgroup of network " + nic.name);
  if (nic.mode == "bridge" && nic.bridge.empty()) {
    return Bad("network " + nic.name + " names no bridge");
  }
  if (nic.mode != "" && nic.mode != "user" && nic.mode != "network" && nic.mode != "nat" &&
      nic.mode != "bridge") {
    return Lacking("network mode " + nic.mode + "; use network, bridge or user");
  }
  if (nic.vlan != 0 && (nic.vlan < 1 || nic.vlan > 4094)) {
    return Bad("vlan of network " + nic.name + " must be between 1 and 4094");
  }
  if (nic.ip_policy == "static" && nic.static_ip.empty()) {
    return Bad("network " + nic.name + " has a static IP policy but no address");
  }
  return {};
}

NicSpec ToNic(const sdk::NetworkAttachment& nic, const std::string& identity, size_t index) {
  NicSpec spec;
  spec.mac = nic.mac_address.empty() ? MacAddressFor(identity, index) : nic.mac_address;
  if (!nic.model.empty()) spec.model = nic.model;
  spec.mtu = nic.mtu;
  spec.vlan = nic.vlan;
  if (nic.mode == "user") {
    spec.kind = NicSpec::Kind::kUser;
  } else if (nic.mode == "bridge" || (nic.mode.empty() && !nic.bridge.empty())) {
    spec.kind = NicSpec::Kind::kBridge;
    spec.source = nic.bridge;
  } else {
    spec.kind = NicSpec::Kind::kNetwork;
    spec.source = nic.network_name.empty() ? "default" : nic.network_name;
  }
  return spec;
}

guest::GuestNic ToGuestNic(const sdk::NetworkAttachment& nic, const std::string& mac) {
  guest::GuestNic out;
  out.mac = mac;
  out.address = nic.static_ip;
  out.prefix = nic.prefix;
  const size_t slash = out.address.find('/');
  if (slash != std::string::npos) {
    out.prefix = std::atoi(out.address.c_str() + slash + 1);
    out.address.resize(slash);
  }
  out.dhcp = nic.ip_policy != "none" && nic.static_ip.empty();
  out.gateway = nic.gateway;
  out.dns = nic.dns;
  out.mtu = nic.mtu;
  return out;
}

// What may stand in the name of a file everywhere.
std::string Plain(const std::string& name) {
  std::string plain;
  for (const char c : name) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_';
    plain += good ? c : '-';
  }
  return plain.substr(0, 40);
}

std::string DiskName(const sdk::VmSpec& spec, size_t index) {
  const std::string& name = spec.disks[index].name;
  return Plain(name.empty() ? "disk" + std::to_string(index + 1) : name);
}

Status AddNics(const sdk::VmSpec& spec, const std::string& uuid, VmPlan& plan,
               guest::SeedInput& seed) {
  std::vector<sdk::NetworkAttachment> networks = spec.networks;
  if (networks.empty()) networks.emplace_back();  // libvirt's network "default"
  const std::string& identity = spec.owner_uid.empty() ? uuid : spec.owner_uid;
  for (size_t i = 0; i < networks.size(); ++i) {
    NicSpec nic = ToNic(networks[i], identity, i);
    seed.nics.push_back(ToGuestNic(networks[i], nic.mac));
    plan.domain.nics.push_back(std::move(nic));
  }
  return {};
}

void AddDisks(const sdk::VmSpec& spec, const PoolInfo& pool, const std::string& prefix,
              VmPlan& plan) {
  const std::string& type = spec.vm_class.root_disk_type;
  plan.root_is_overlay = pool.holds_files() && type != "raw";
  plan.root_format = plan.root_is_overlay ? "qcow2" : "raw";
  plan.root_min_bytes = spec.vm_class.root_disk_gib * kGib;
  plan.root = {pool.name, prefix + (plan.root_is_overlay ? ".qcow2" : ".raw")};
  plan.domain.disks.push_back({.volume = plan.root, .format = plan.root_format, .cache = ""});
  for (size_t i = 0; i < spec.disks.size(); ++i) {
    const sdk::DiskRequest& disk = spec.disks[i];
    const std::string format = pool.holds_files() && disk.type != "raw" ? "qcow2" : "raw";
    const VolumeRef ref{pool.name, prefix + "-" + DiskName(spec, i) + "." + format};
    plan.data_disks.push_back(
        {.volume = ref, .format = format, .size_bytes = disk.size_gib * kGib});
    plan.domain.disks.push_back({.volume = ref, .format = format, .cache = ""});
  }
  plan.seed = {pool.name, prefix + "-cidata.iso"};
  plan.domain.cdrom = plan.seed;
}

Status FillHardware(const sdk::VmClassSpec& c, const HostTraits& host, DomainSpec& domain) {
  domain.host = host;
  domain.cpus = c.cpus;
  domain.max_cpus = c.cpu_hot_add ? std::min(c.cpus * 4, kMaxCpus) : c.cpus;
  domain.memory_mib = c.memory_mib;
  domain.secure_boot = c.secure_boot || c.firmware == "UEFISecure";
  domain.uefi = c.firmware == "UEFI" || domain.secure_boot;
  domain.tpm = c.tpm_enabled;
  if (domain.uefi && !host.uefi) return Lacking("this host has no UEFI firmware (package ovmf)");
  if (domain.secure_boot && !host.secure_boot)
    return Lacking("this host's UEFI has no secure boot");
  if (domain.tpm && !host.tpm_emulator) return Lacking("this host has no TPM emulator (swtpm)");
  if (c.nested_virtualization && host.domain_type != "kvm") {
    return Lacking("nestedVirtualization needs KVM on the host");
  }
  return {};
}

}  // namespace

Status CheckVmSpec(const sdk::VmSpec& spec) {
  if (spec.name.empty() || spec.name.find('/') != std::string::npos) {
    return Bad("the VM's name '" + spec.name + "' cannot be used");
  }
  VR_RETURN_IF_ERROR(CheckClass(spec.vm_class));
  for (const sdk::NetworkAttachment& nic : spec.networks) VR_RETURN_IF_ERROR(CheckNetwork(nic));
  if (spec.image.path.empty() && spec.image.url.empty()) {
    return Bad("image " + spec.image.name +
               " has no source.libvirt.path and no source.libvirt.url");
  }
  if (spec.user_data_kind != "" && spec.user_data_kind != "cloud-init") {
    return Lacking(spec.user_data_kind + " user data");
  }
  std::set<std::string> names;
  for (size_t i = 0; i < spec.disks.size(); ++i) {
    const std::string name = DiskName(spec, i);
    if (spec.disks[i].size_gib < 1) return Bad("disk " + name + " has no size");
    if (!names.insert(name).second) {
      return Bad("two disks would be named " + name + " on the host: rename one of spec.disks");
    }
  }
  return {};
}

Result<VmPlan> MakeVmPlan(const sdk::VmSpec& spec, const std::string& uuid, const PoolInfo& pool,
                          const HostTraits& host) {
  VmPlan plan;
  plan.domain.uuid = uuid;
  plan.domain.name = spec.name;
  VR_RETURN_IF_ERROR(FillHardware(spec.vm_class, host, plan.domain));
  guest::SeedInput seed{.instance_id = spec.owner_uid.empty() ? uuid : spec.owner_uid,
                        .name = spec.name,
                        .user_data = spec.user_data,
                        .meta_data = spec.meta_data,
                        .nics = {}};
  VR_RETURN_IF_ERROR(AddNics(spec, uuid, plan, seed));
  AddDisks(spec, pool, "vrtg-" + Plain(spec.name) + "-" + uuid.substr(0, 8), plan);
  VR_ASSIGN_OR_RETURN(const guest::Seed rendered, guest::BuildSeed(seed));
  VR_ASSIGN_OR_RETURN(plan.seed_image, guest::SeedImage(rendered));
  plan.domain.owner = {
      .uid = spec.owner_uid, .key = spec.owner_key, .creating = true, .volumes = {plan.root}};
  for (const DataDisk& disk : plan.data_disks) {
    plan.domain.owner.volumes.push_back(disk.volume);
  }
  plan.domain.owner.volumes.push_back(plan.seed);
  return plan;
}

}  // namespace vr::libvirt
