#include "controllers/virtual_machine/change_plan.h"

#include <algorithm>
#include <tuple>

#include "controllers/virtual_machine/vm_request.h"

namespace vr::controllers {
namespace {

auto DiskParts(const api::VmDisk& disk) {
  return std::tie(disk.name, disk.type, disk.storage_class, disk.size_gib);
}

auto NetworkParts(const api::VmNetwork& network) {
  return std::tie(network.name, network.network_ref, network.ip_address, network.gateway,
                  network.dns, network.mac_address, network.bridge, network.port_group,
                  network.adapter, network.prefix, network.vlan);
}

auto TextParts(const api::TextSource& text) { return std::tie(text.inline_text, text.secret_name); }

auto GuestParts(const api::VirtualMachineSpec& spec) {
  return std::tuple_cat(TextParts(spec.user_data), TextParts(spec.ignition),
                        TextParts(spec.meta_data));
}

auto PlacementParts(const api::VmPlacement& placement) {
  return std::tie(placement.cluster, placement.datastore, placement.folder, placement.host,
                  placement.resource_pool, placement.storage_pod, placement.datacenter);
}

auto SecurityParts(const api::VmClassSpec& spec) {
  return std::tie(spec.secure_boot, spec.tpm_enabled, spec.tpm_version, spec.vtd_enabled,
                  spec.encryption_enabled, spec.require_encryption, spec.key_provider);
}

auto PerformanceParts(const api::VmClassSpec& spec) {
  return std::tie(spec.cpu_hot_add, spec.memory_hot_add, spec.nested_virtualization,
                  spec.virtualization_based_security, spec.latency_sensitivity,
                  spec.hyper_threading_policy);
}

auto LimitParts(const api::VmClassSpec& spec) {
  return std::tie(spec.cpu_limit, spec.cpu_reservation, spec.cpu_shares, spec.memory_limit_mib,
                  spec.memory_reservation_mib);
}

auto RootDiskParts(const api::VmClassSpec& spec) {
  return std::tie(spec.root_disk_gib, spec.root_disk_type, spec.storage_class, spec.root_disk_iops);
}

template <class T, class Parts>
bool SameList(const std::vector<T>& before, const std::vector<T>& after, Parts parts) {
  return std::equal(before.begin(), before.end(), after.begin(), after.end(),
                    [&](const T& a, const T& b) { return parts(a) == parts(b); });
}

api::Resources Effective(const VmVersion& version) {
  api::VirtualMachine vm;
  vm.spec.resources = version.spec.resources;
  api::VmClass vm_class;
  vm_class.spec = version.vm_class;
  return EffectiveResources(vm, vm_class);
}

// What the plan of the controllers says about the CPU and memory that will be wanted.
void PlanResources(const VmVersion& before, const VmVersion& after, const ChangeFacts& facts,
                   std::vector<VmChange>& out) {
  const api::Resources was = Effective(before);
  const api::Resources wanted = Effective(after);
  if (was == wanted) return;
  const VmDesired desired{
      .has_finalizer = true,
      // Whether it shall run is another question.
      .power = facts.power == rpc::PowerState::kOff ? PowerTarget::kOff : PowerTarget::kOn,
      .cpus = wanted.cpu,
      .memory_mib = wanted.memory_mib};
  const bool online = facts.capabilities != nullptr && facts.capabilities->reconfigure_online;
  const VmObserved observed{
      .presence = Presence::kPresent,
      .was_made = true,
      .power = facts.power == rpc::PowerState::kOff ? rpc::PowerState::kOff : rpc::PowerState::kOn,
      .cpus = facts.current.cpu > 0 ? facts.current.cpu : was.cpu,
      .memory_mib = facts.current.memory_mib > 0 ? facts.current.memory_mib : was.memory_mib,
      .reconfigure = online ? ReconfigureWhen::kOnline : ReconfigureWhen::kOff};
  ChangeEffect effect = ChangeEffect::kPowerCycle;
  if (Plan(desired, observed).kind == ActionKind::kReconfigure)
    effect = facts.power == rpc::PowerState::kOff ? ChangeEffect::kWhileOff : ChangeEffect::kHot;
  for (std::string& difference : Differences(desired, observed))
    out.push_back({std::move(difference), effect});
}

// A disk that the provider has no way to make is worth more than the hint that it needs a new VM.
void PlanDisks(const VmVersion& before, const VmVersion& after, const ChangeFacts& facts,
               std::vector<VmChange>& out) {
  const auto& wanted = EffectiveDisks(after.spec, after.vm_class);
  if (SameList(EffectiveDisks(before.spec, before.vm_class), wanted, DiskParts)) return;
  bool possible = true;
  for (const api::VmDisk& disk : wanted) {
    if (facts.capabilities == nullptr || facts.capabilities->disk_types.empty()) break;
    const auto& types = facts.capabilities->disk_types;
    if (disk.type.empty() || std::find(types.begin(), types.end(), disk.type) != types.end())
      continue;
    out.push_back({"disk " + disk.name + " of type " + disk.type, ChangeEffect::kImpossible});
    possible = false;
  }
  if (possible) out.push_back({"spec.disks", ChangeEffect::kReplacement});
}

}  // namespace

ChangeFacts FactsOf(const api::VirtualMachineStatus& status, const api::Provider* provider) {
  ChangeFacts facts;
  facts.exists = !status.power_state.empty();
  if (status.power_state == "On") facts.power = rpc::PowerState::kOn;
  if (status.power_state == "Off") facts.power = rpc::PowerState::kOff;
  facts.current = status.current_resources;
  if (provider != nullptr && provider->status.capabilities)
    facts.capabilities = &*provider->status.capabilities;
  return facts;
}

std::vector<VmChange> PlanChange(const VmVersion& before, const VmVersion& after,
                                 const ChangeFacts& facts) {
  std::vector<VmChange> out;
  if (!facts.exists) return out;
  PlanResources(before, after, facts, out);
  const auto replaces = [&](bool same, std::string what) {
    if (!same) out.push_back({std::move(what), ChangeEffect::kReplacement});
  };
  const api::VmClassSpec& old_class = before.vm_class;
  const api::VmClassSpec& new_class = after.vm_class;
  replaces(before.spec.image_ref == after.spec.image_ref, "spec.imageRef");
  replaces(old_class.firmware == new_class.firmware,
           "firmware is " + old_class.firmware + ", wanted " + new_class.firmware);
  replaces(SecurityParts(old_class) == SecurityParts(new_class), "securityProfile");
  replaces(PerformanceParts(old_class) == PerformanceParts(new_class), "performanceProfile");
  replaces(LimitParts(old_class) == LimitParts(new_class), "resourceLimits");
  replaces(RootDiskParts(old_class) == RootDiskParts(new_class), "diskDefaults");
  replaces(old_class.extra_config == new_class.extra_config, "extraConfig");
  PlanDisks(before, after, facts, out);
  replaces(SameList(EffectiveNetworks(before.spec, old_class),
                    EffectiveNetworks(after.spec, new_class), NetworkParts),
           "spec.networks");
  replaces(GuestParts(before.spec) == GuestParts(after.spec), "what the guest reads at first boot");
  replaces(PlacementParts(before.spec.placement) == PlacementParts(after.spec.placement),
           "spec.placement");
  replaces(before.spec.tags == after.spec.tags, "spec.tags");
  return out;
}

std::string ToString(const VmChange& change) {
  switch (change.effect) {
    case ChangeEffect::kHot:
      return change.what + ": hot, it changes while the VM runs";
    case ChangeEffect::kWhileOff:
      return change.what + ": changes now, as the VM is off";
    case ChangeEffect::kPowerCycle:
      return change.what + ": needs a power cycle";
    case ChangeEffect::kReplacement:
      return change.what + ": needs replacement, an existing VM keeps what it has";
    case ChangeEffect::kImpossible:
      return change.what + ": impossible on this provider";
  }
  return change.what;
}

}  // namespace vr::controllers
