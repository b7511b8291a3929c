#include "providers/libvirt/inventory.h"

#include <algorithm>
#include <array>

#include "providers/libvirt/error_map.h"

namespace vr::libvirt {
namespace {

// A domain that a call works on (a migration, a backup, a QEMU that hangs) is not waited for: its
// statistics then lack what only QEMU knows, and that is taken from the last ones or the XML.
constexpr unsigned kDoNotWait = VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT;
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

// As the storage pool knows it; 0 where the disk is in no pool.
int64_t CapacityOf(virConnectPtr connect, const DiskView& disk) {
  VolumeHandle volume;
  if (!disk.volume.name.empty()) {
    const PoolHandle pool(virStoragePoolLookupByName(connect, disk.volume.pool.c_str()));
    if (pool) volume.reset(virStorageVolLookupByName(pool.get(), disk.volume.name.c_str()));
  } else if (!disk.path.empty()) {
    volume.reset(virStorageVolLookupByPath(connect, disk.path.c_str()));
  }
  virStorageVolInfo info{};
  if (!volume || virStorageVolGetInfo(volume.get(), &info) != 0) return 0;
  return static_cast<int64_t>(info.capacity);
}

DiskSizes SizesIn(const virDomainStatsRecord& record) {
  DiskSizes sizes;
  const int64_t count = Number(record, "block.count", 0);
  for (int64_t i = 0; i < count; ++i) {
    const std::string prefix = "block." + std::to_string(i) + ".";
    const int64_t capacity = Number(record, prefix + "capacity", 0);
    if (capacity > 0) sizes[Text(record, prefix + "name")] = capacity;
  }
  return sizes;
}

// A record without sizes is one of a domain that was busy: then as they were last, or as the pool
// knows them.
void FillDisks(const virDomainStatsRecord& record, const DomainView& view, const DiskSizes& last,
               sdk::VmState& state) {
  DiskSizes sizes = SizesIn(record);
  for (const DiskView& disk : view.disks) {
    if (disk.device != "disk") continue;
    const std::string path =
        disk.volume.name.empty() ? disk.path : disk.volume.pool + "/" + disk.volume.name;
    int64_t& size = sizes[disk.target];
    const auto known = last.find(disk.target);
    if (size == 0 && known != last.end()) size = known->second;
    if (size == 0) size = CapacityOf(virDomainGetConnect(record.dom), disk);
    state.disks.push_back(
        {.id = disk.target, .path = path, .format = disk.format, .size_bytes = size});
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

}  // namespace

std::string UuidOf(virDomainPtr domain) {
  std::array<char, VIR_UUID_STRING_BUFLEN> text{};
  virDomainGetUUIDString(domain, text.data());
  return text.data();
}

Result<DomainHandle> LookUpDomain(virConnectPtr connect, const std::string& uuid) {
  DomainHandle domain(virDomainLookupByUUIDString(connect, uuid.c_str()));
  if (domain) return domain;
  Error error = LastError("find domain " + uuid);
  // libvirt calls an id that is no UUID a wrong argument; to us it is a VM that cannot exist.
  if (error.kind == ErrorKind::kInvalidSpec) error.kind = ErrorKind::kNotFound;
  return error;
}

Result<DomainView> ReadDomain(virDomainPtr domain) {
  const std::string uuid = UuidOf(domain);  // before: it clears the last error
  const CString xml(virDomainGetXMLDesc(domain, 0));
  if (!xml) return LastError("read domain " + uuid);
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
  FillDisks(record, *view, LastSizes(uuid), state);
  RememberSizes(state);
  FillNics(*view, active ? addresses_.Get(uuid) : AddressesByMac(), state);
  observed.creating = view->owner.creating;
  observed.wants_addresses = state.power == sdk::PowerState::kOn && !view->nics.empty();
  return observed;
}

DiskSizes Inventory::LastSizes(const std::string& uuid) const {
  const std::lock_guard lock(mutex_);
  const auto found = disk_sizes_.find(uuid);
  return found == disk_sizes_.end() ? DiskSizes() : found->second;
}

void Inventory::RememberSizes(const sdk::VmState& state) {
  const std::lock_guard lock(mutex_);
  DiskSizes& sizes = disk_sizes_[state.id];
  sizes.clear();
  for (const sdk::DiskState& disk : state.disks) sizes[disk.id] = disk.size_bytes;
}

Result<std::vector<Observed>> Inventory::List(const Context& ctx) {
  return connection_.Call(ctx, [&](virConnectPtr connect) -> Result<std::vector<Observed>> {
    virDomainStatsRecordPtr* raw = nullptr;
    const int count = virConnectGetAllDomainStats(connect, kStats, &raw, kDoNotWait);
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
    if (!domain && domain.error().kind == ErrorKind::kNotFound) {
      const std::lock_guard lock(mutex_);
      disk_sizes_.erase(uuid);
      return Found();
    }
    if (!domain) return domain.error();
    std::array<virDomainPtr, 2> wanted = {domain->get(), nullptr};
    virDomainStatsRecordPtr* raw = nullptr;
    const int count = virDomainListGetStats(wanted.data(), kStats, &raw, kDoNotWait);
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

Result<AddressReport> Inventory::AskForAddresses(const Context& ctx, const std::string& uuid,
                                                 bool ask_agent) {
  return connection_.Call(ctx, [&](virConnectPtr connect) -> Result<AddressReport> {
    VR_ASSIGN_OR_RETURN(const DomainHandle domain, LookUpDomain(connect, uuid));
    VR_ASSIGN_OR_RETURN(const DomainView view, ReadDomain(domain.get()));
    return QueryAddresses(domain.get(), view, ask_agent);
  });
}

}  // namespace vr::libvirt
