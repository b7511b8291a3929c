#include "providers/libvirt/inventory.h"

#include <algorithm>
#include <array>

#include "providers/libvirt/error_map.h"

namespace vr::libvirt {
namespace {

constexpr unsigned kStats = VIR_DOMAIN_STATS_STATE | VIR_DOMAIN_STATS_BALLOON |
                            VIR_DOMAIN_STATS_VCPU | VIR_DOMAIN_STATS_BLOCK;

struct FreeRecords {
  void operator()(virDomainStatsRecordPtr* records) const { virDomainStatsRecordListFree(records); }
};
using Records = std::unique_ptr<virDomainStatsRecordPtr, FreeRecords>;

int64_t Number(const virDomainStatsRecord& record, const std::string& name, int64_t fallback) {
  int as_int = 0;
  unsigned as_uint = 0;
  unsigned long long as_ullong = 0;
  if (virTypedParamsGetULLong(record.params, record.nparams, name.c_str(), &as_ullong) == 1) {
    return static_cast<int64_t>(as_ullong);
  }
  if (virTypedParamsGetUInt(record.params, record.nparams, name.c_str(), &as_uint) == 1) {
    return as_uint;
  }
  if (virTypedParamsGetInt(record.params, record.nparams, name.c_str(), &as_int) == 1) {
    return as_int;
  }
  return fallback;
}

std::string Text(const virDomainStatsRecord& record, const std::string& name) {
  const char* value = nullptr;
  virTypedParamsGetString(record.params, record.nparams, name.c_str(), &value);
  return value ? value : "";
}

sdk::PowerState PowerOf(int64_t state) {
  switch (state) {
    case VIR_DOMAIN_RUNNING:
    case VIR_DOMAIN_BLOCKED:
    case VIR_DOMAIN_SHUTDOWN:  // on its way down, still holding its resources
      return sdk::PowerState::kOn;
    case VIR_DOMAIN_PAUSED:
    case VIR_DOMAIN_PMSUSPENDED:
      return sdk::PowerState::kSuspended;
    case VIR_DOMAIN_SHUTOFF:
    case VIR_DOMAIN_CRASHED:
      return sdk::PowerState::kOff;
    default:
      return sdk::PowerState::kUnknown;
  }
}

void FillDisks(const virDomainStatsRecord& record, const DomainView& view, sdk::VmState& state) {
  for (const DiskView& disk : view.disks) {
    if (disk.device != "disk") continue;
    const std::string path =
        disk.volume.name.empty() ? disk.path : disk.volume.pool + "/" + disk.volume.name;
    state.disks.push_back(
        {.id = disk.target, .path = path, .format = disk.format, .size_bytes = 0});
  }
  const int64_t count = Number(record, "block.count", 0);
  for (int64_t i = 0; i < count; ++i) {
    const std::string prefix = "block." + std::to_string(i) + ".";
    const std::string name = Text(record, prefix + "name");
    const auto disk = std::find_if(state.disks.begin(), state.disks.end(),
                                   [&](const sdk::DiskState& d) { return d.id == name; });
    if (disk == state.disks.end()) continue;
    disk->size_bytes = Number(record, prefix + "capacity", 0);
  }
}

void FillNics(const DomainView& view, const AddressesByMac& addresses, sdk::VmState& state) {
  for (size_t i = 0; i < view.nics.size(); ++i) {
    sdk::NicState nic;
    nic.name = "nic" + std::to_string(i);
    nic.mac = view.nics[i].mac;
    nic.network = view.nics[i].source;
    const auto found = addresses.find(nic.mac);
    if (found != addresses.end()) nic.ips = found->second;
    state.ips.insert(state.ips.end(), nic.ips.begin(), nic.ips.end());
    state.nics.push_back(std::move(nic));
  }
}

std::string UuidOf(virDomainPtr domain) {
  std::array<char, VIR_UUID_STRING_BUFLEN> text{};
  virDomainGetUUIDString(domain, text.data());
  return text.data();
}

}  // namespace

Result<DomainHandle> LookUpDomain(virConnectPtr connect, const std::string& uuid) {
  DomainHandle domain(virDomainLookupByUUIDString(connect, uuid.c_str()));
  if (domain) return domain;
  Error error = LastError("find domain " + uuid);
  // libvirt calls an id that is no UUID a wrong argument; to us it is a VM that cannot exist.
  if (error.kind == ErrorKind::kInvalidSpec) error.kind = ErrorKind::kNotFound;
  return error;
}

Result<DomainView> ReadDomain(virDomainPtr domain) {
  const CString xml(virDomainGetXMLDesc(domain, 0));
  if (!xml) return LastError("read domain " + UuidOf(domain));
  return ParseDomain(xml.get());
}

Result<Observed> Inventory::ToObserved(const virDomainStatsRecord& record) {
  const std::string uuid = UuidOf(record.dom);
  auto view = views_.Get(uuid);
  if (!view) {
    const uint64_t generation = views_.generation();
    VR_ASSIGN_OR_RETURN(DomainView fresh, ReadDomain(record.dom));
    view = std::make_shared<const DomainView>(std::move(fresh));
    views_.Put(view, generation);
  }
  Observed observed;
  sdk::VmState& state = observed.state;
  state.id = uuid;
  state.name = virDomainGetName(record.dom);
  state.owner_uid = view->owner.uid;
  state.power = PowerOf(Number(record, "state.state", VIR_DOMAIN_NOSTATE));
  state.cpus = static_cast<int32_t>(Number(record, "vcpu.current", view->cpus));
  state.memory_mib = Number(record, "balloon.current", view->memory_mib * 1024) / 1024;
  const bool active =
      state.power == sdk::PowerState::kOn || state.power == sdk::PowerState::kSuspended;
  if (active && view->vnc_port > 0) {
    state.console_url = "vnc://" + view->vnc_address + ":" + std::to_string(view->vnc_port);
  }
  FillDisks(record, *view, state);
  const auto known = active ? addresses_.Get(uuid) : std::nullopt;
  FillNics(*view, known ? known->addresses : AddressesByMac(), state);
  observed.creating = view->owner.creating;
  observed.wants_address =
      state.power == sdk::PowerState::kOn && !view->nics.empty() && state.ips.empty();
  return observed;
}

Result<std::vector<Observed>> Inventory::List(const Context& ctx) {
  return connection_.Call(ctx, [&](virConnectPtr connect) -> Result<std::vector<Observed>> {
    virDomainStatsRecordPtr* raw = nullptr;
    const int count = virConnectGetAllDomainStats(connect, kStats, &raw, 0);
    if (count < 0) return LastError("list the domains");
    const Records records(raw);
    std::vector<Observed> all;
    for (int i = 0; i < count; ++i) {
      auto observed = ToObserved(*raw[i]);
      if (!observed && observed.error().kind == ErrorKind::kNotFound) continue;  // gone meanwhile
      if (!observed) return observed.error();
      all.push_back(*std::move(observed));
    }
    return all;
  });
}

Result<std::optional<Observed>> Inventory::Observe(const Context& ctx, const std::string& uuid) {
  using Found = std::optional<Observed>;
  return connection_.Call(ctx, [&](virConnectPtr connect) -> Result<Found> {
    const auto domain = LookUpDomain(connect, uuid);
    if (!domain && domain.error().kind == ErrorKind::kNotFound) return Found();
    if (!domain) return domain.error();
    std::array<virDomainPtr, 2> wanted = {domain->get(), nullptr};
    virDomainStatsRecordPtr* raw = nullptr;
    const int count = virDomainListGetStats(wanted.data(), kStats, &raw, 0);
    if (count < 0) return LastError("describe domain " + uuid);
    const Records records(raw);
    if (count == 0) return Found();  // gone between the two calls
    views_.Forget(uuid);
    auto observed = ToObserved(*raw[0]);
    if (!observed && observed.error().kind == ErrorKind::kNotFound) return Found();
    if (!observed) return observed.error();
    return Found(*std::move(observed));
  });
}

Result<std::optional<DomainView>> Inventory::View(const Context& ctx, const std::string& uuid) {
  using Found = std::optional<DomainView>;
  return connection_.Call(ctx, [&](virConnectPtr connect) -> Result<Found> {
    const auto domain = LookUpDomain(connect, uuid);
    auto view = domain ? ReadDomain(domain->get()) : Result<DomainView>(domain.error());
    if (view) return Found(*std::move(view));
    if (view.error().kind == ErrorKind::kNotFound) return Found();
    return view.error();
  });
}

Result<bool> Inventory::FindAddresses(const Context& ctx, const std::string& uuid) {
  return connection_.Call(ctx, [&](virConnectPtr connect) -> Result<bool> {
    VR_ASSIGN_OR_RETURN(const DomainHandle domain, LookUpDomain(connect, uuid));
    VR_ASSIGN_OR_RETURN(const DomainView view, ReadDomain(domain.get()));
    AddressesByMac addresses = QueryAddresses(domain.get(), view);
    if (addresses.empty()) return false;
    addresses_.Put(uuid, {std::move(addresses), ctx.clock().Now()});
    return true;
  });
}

}  // namespace vr::libvirt
