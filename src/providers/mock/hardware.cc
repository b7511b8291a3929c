#include "providers/mock/hardware.h"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <set>
#include <utility>

#include "base/text.h"

namespace vr::mock {
namespace {

constexpr int64_t kGib = int64_t{1} << 30;
constexpr int64_t kDefaultRootGib = 40;  // of a VMClass that does not say
constexpr const char* kRoot = "root";
constexpr const char* kHost = "mock-host-1";

Error Bad(std::string message) { return {ErrorKind::kInvalidSpec, std::move(message), {}}; }

// FNV-1a: stable between runs and builds, which std::hash is not.
std::string Hash(std::string_view text) {
  uint64_t hash = 14695981039346656037U;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 1099511628211U;
  }
  char out[17];
  std::snprintf(out, sizeof out, "%016llx", static_cast<unsigned long long>(hash));
  return out;
}

// 10.64.0.1 and up, without .0 and .255.
std::string AddressOf(int64_t number) {
  const int64_t n = number - 1;
  return "10." + std::to_string(64 + n / 254 / 256 % 64) + "." + std::to_string(n / 254 % 256) +
         "." + std::to_string(n % 254 + 1);
}

std::string MacOf(int64_t number) {
  char out[18];
  std::snprintf(out, sizeof out, "52:54:00:%02x:%02x:%02x",
                static_cast<unsigned>(number >> 16 & 0xff),
                static_cast<unsigned>(number >> 8 & 0xff), static_cast<unsigned>(number & 0xff));
  return out;
}

std::string NicName(const sdk::NetworkAttachment& wanted, size_t index) {
  return wanted.name.empty() ? "nic" + std::to_string(index) : wanted.name;
}

std::string NetworkOf(const sdk::NetworkAttachment& wanted) {
  for (const std::string* name : {&wanted.network_name, &wanted.portgroup, &wanted.bridge}) {
    if (!name->empty()) return *name;
  }
  return "default";
}

// What `before` has of this NIC is kept: a MAC address does not change without being asked to.
sdk::NicState Nic(const sdk::NetworkAttachment& wanted, size_t index,
                  const std::vector<sdk::NicState>& before, const NumberSource& number) {
  sdk::NicState nic;
  nic.name = NicName(wanted, index);
  nic.network = NetworkOf(wanted);
  const auto old = std::find_if(before.begin(), before.end(),
                                [&](const sdk::NicState& n) { return n.name == nic.name; });
  const bool known = old != before.end();
  const int64_t own = known ? 0 : number();
  nic.mac = !wanted.mac_address.empty() ? wanted.mac_address : known ? old->mac : MacOf(own);
  if (!wanted.static_ip.empty()) {
    nic.ips = {wanted.static_ip};
  } else if (wanted.ip_policy != "none") {
    nic.ips =
        known && !old->ips.empty() ? old->ips : std::vector{AddressOf(known ? number() : own)};
  }
  return nic;
}

std::vector<sdk::NicState> Nics(const std::vector<sdk::NetworkAttachment>& wanted,
                                const std::vector<sdk::NicState>& before,
                                const NumberSource& number) {
  std::vector<sdk::NicState> nics;
  for (size_t i = 0; i < wanted.size(); ++i) nics.push_back(Nic(wanted[i], i, before, number));
  if (nics.empty()) nics.push_back(Nic({}, 0, before, number));
  return nics;
}

sdk::DiskState Disk(const std::string& vm_name, const std::string& name, const std::string& type,
                    int64_t size_gib) {
  const std::string format = type == "raw" || type == "thick" ? "raw" : "qcow2";
  return {.id = name,
          .path = "[mock] " + vm_name + "/" + name + "." + format,
          .format = format,
          .size_bytes = size_gib * kGib};
}

std::string DiskName(const sdk::DiskRequest& wanted, size_t index) {
  return wanted.name.empty() ? "disk" + std::to_string(index + 1) : wanted.name;
}

Status CheckDisks(const std::vector<sdk::DiskRequest>& disks) {
  std::set<std::string> names = {kRoot};
  for (size_t i = 0; i < disks.size(); ++i) {
    const std::string name = DiskName(disks[i], i);
    if (disks[i].size_gib < 1) return Bad("disk " + name + " has no size");
    if (!names.insert(name).second) return Bad("two disks are named " + name);
  }
  return {};
}

void Describe(const sdk::VmSpec& spec, sdk::VmState& vm) {
  vm.name = spec.name;
  vm.owner_uid = spec.owner_uid;
  vm.power = sdk::PowerState::kOff;
  vm.host = spec.placement.host.empty() ? kHost : spec.placement.host;
  if (!spec.owner_key.empty()) vm.raw["owner"] = spec.owner_key;
  if (!spec.tags.empty()) vm.raw["tags"] = Joined(spec.tags, ",");
}

// The disks of `vm` that `desired` names, in its new sizes; the root disk first.
Result<std::vector<sdk::DiskState>> Disks(const sdk::VmState& vm, const sdk::VmSpec& desired) {
  std::vector<sdk::DiskRequest> wanted = desired.disks;
  for (size_t i = 0; i < wanted.size(); ++i) wanted[i].name = DiskName(wanted[i], i);
  wanted.insert(wanted.begin(), {.name = kRoot,
                                 .size_gib = desired.vm_class.root_disk_gib,
                                 .type = desired.vm_class.root_disk_type,
                                 .storage_class = {},
                                 .expand_policy = {}});
  std::vector<sdk::DiskState> disks;
  for (const sdk::DiskRequest& want : wanted) {
    const auto& before = vm.disks;
    const auto old = std::find_if(before.begin(), before.end(),
                                  [&](const sdk::DiskState& d) { return d.id == want.name; });
    if (old == before.end()) {
      disks.push_back(
          Disk(vm.name, want.name, want.type, want.size_gib > 0 ? want.size_gib : kDefaultRootGib));
      continue;
    }
    sdk::DiskState disk = *old;
    const int64_t bytes = want.size_gib > 0 ? want.size_gib * kGib : disk.size_bytes;
    if (bytes < disk.size_bytes) {
      return Bad("disk " + want.name + " of VM " + vm.name + " has " +
                 std::to_string(disk.size_bytes / kGib) + " GiB and cannot shrink to " +
                 std::to_string(want.size_gib));
    }
    disk.size_bytes = bytes;
    disks.push_back(std::move(disk));
  }
  return disks;
}

}  // namespace

std::string VmIdFor(std::string_view identity) { return "vm-" + Hash(identity); }

std::string SnapshotIdFor(std::string_view vm_id, std::string_view name) {
  return "snap-" + Hash(std::string(vm_id) + "/" + std::string(name));
}

Status CheckCloneTarget(const sdk::VmSpec& target) {
  if (target.name.empty()) return Bad("the VM has no name");
  return {};
}

Status CheckVmSpec(const sdk::VmSpec& spec) {
  VR_RETURN_IF_ERROR(CheckCloneTarget(spec));
  if (spec.vm_class.cpus < 1) return Bad("the class of VM " + spec.name + " has no CPUs");
  if (spec.vm_class.memory_mib < 1) return Bad("the class of VM " + spec.name + " has no memory");
  return CheckDisks(spec.disks);
}

VmRecord NewVm(const sdk::VmSpec& spec, const NumberSource& number) {
  VmRecord record;
  record.creating = true;
  sdk::VmState& vm = record.vm;
  vm.id = VmIdFor(sdk::IdentityOf(spec));
  Describe(spec, vm);
  vm.cpus = spec.vm_class.cpus;
  vm.memory_mib = spec.vm_class.memory_mib;
  vm.guest_os = spec.image.name;
  vm.nics = Nics(spec.networks, {}, number);
  const int64_t root = spec.vm_class.root_disk_gib;
  vm.disks.push_back(
      Disk(vm.name, kRoot, spec.vm_class.root_disk_type, root > 0 ? root : kDefaultRootGib));
  for (size_t i = 0; i < spec.disks.size(); ++i) {
    const sdk::DiskRequest& disk = spec.disks[i];
    vm.disks.push_back(Disk(vm.name, DiskName(disk, i), disk.type, disk.size_gib));
  }
  return record;
}

VmRecord CloneOf(const VmRecord& source, const sdk::CloneRequest& request,
                 const NumberSource& number) {
  const sdk::VmSpec& target = request.target;
  VmRecord record;
  record.creating = true;
  sdk::VmState& vm = record.vm;
  vm.id = VmIdFor(sdk::IdentityOf(target));
  Describe(target, vm);
  vm.cpus = target.vm_class.cpus > 0 ? target.vm_class.cpus : source.vm.cpus;
  vm.memory_mib =
      target.vm_class.memory_mib > 0 ? target.vm_class.memory_mib : source.vm.memory_mib;
  vm.guest_os = source.vm.guest_os;
  std::vector<sdk::NetworkAttachment> networks = target.networks;
  if (networks.empty()) {
    for (const sdk::NicState& nic : source.vm.nics) {
      sdk::NetworkAttachment& copy = networks.emplace_back();
      copy.name = nic.name;
      copy.network_name = nic.network;
    }
  }
  vm.nics = Nics(networks, {}, number);
  for (const sdk::DiskState& disk : source.vm.disks) {
    sdk::DiskState& copy = vm.disks.emplace_back(disk);
    copy.path = "[mock] " + vm.name + "/" + disk.id + "." + disk.format;
  }
  vm.raw["clonedFrom"] = source.id();
  vm.raw["cloneType"] = request.linked ? "linked" : "full";
  return record;
}

Status Reconfigure(sdk::VmState& vm, const sdk::VmSpec& desired, const NumberSource& number) {
  VR_RETURN_IF_ERROR(CheckDisks(desired.disks));
  VR_ASSIGN_OR_RETURN(vm.disks, Disks(vm, desired));
  if (desired.vm_class.cpus > 0) vm.cpus = desired.vm_class.cpus;
  if (desired.vm_class.memory_mib > 0) vm.memory_mib = desired.vm_class.memory_mib;
  if (!desired.networks.empty()) vm.nics = Nics(desired.networks, vm.nics, number);
  if (!desired.tags.empty()) vm.raw["tags"] = Joined(desired.tags, ",");
  return {};
}

std::vector<VmRecord> SampleVms(const NumberSource& number) {
  std::vector<VmRecord> samples;
  for (const char* name : {"demo-web", "demo-database", "demo-build"}) {
    sdk::VmSpec spec;
    spec.name = name;
    spec.vm_class.cpus = 2;
    spec.vm_class.memory_mib = 4096;
    spec.image.name = "Debian GNU/Linux 12";
    VmRecord& record = samples.emplace_back(NewVm(spec, number));
    record.creating = false;
    record.vm.id = "vm-" + std::to_string(samples.size());
    record.booted = samples.size() < 3;  // the last one is switched off
    if (record.booted) record.vm.power = sdk::PowerState::kOn;
  }
  return samples;
}

}  // namespace vr::mock
