// The domains of the host as VmStates, in few calls.
#pragma once

#include <libvirt/libvirt.h>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/result.h"
#include "providers/libvirt/addresses.h"
#include "providers/libvirt/connection.h"
#include "providers/libvirt/domain_xml.h"
#include "providers/libvirt/handles.h"
#include "providers/libvirt/view_cache.h"
#include "sdk/provider.h"

namespace vr::libvirt {

std::string UuidOf(virDomainPtr domain);
// The domain with this UUID; kNotFound if libvirt was asked and has none.
Result<DomainHandle> LookUpDomain(virConnectPtr connect, const std::string& uuid);
// Its XML, parsed; of the running domain where it runs.
Result<DomainView> ReadDomain(virDomainPtr domain);

// What is looked for next by the Monitor.
struct Observed {
  sdk::VmState state;
  bool wants_addresses = false;  // runs and has an interface
  bool creating = false;         // not complete: not shown to anyone
};

using DiskSizes = std::map<std::string, int64_t>;  // bytes by target ("vda")

// Thread-safe. Nothing here waits for a call that somebody else has under way on a domain.
class Inventory {
 public:
  Inventory(Connection& connection, ViewCache& views, AddressBook& addresses)
      : connection_(connection), views_(views), addresses_(addresses) {}

  // One bulk call, plus one call for each domain whose XML changed since the last time.
  Result<std::vector<Observed>> List(const Context& ctx);
  // Nothing if the host was asked and has no such domain.
  Result<std::optional<Observed>> Observe(const Context& ctx, const std::string& uuid);
  Result<std::optional<DomainView>> View(const Context& ctx, const std::string& uuid);
  Result<AddressReport> AskForAddresses(const Context& ctx, const std::string& uuid,
                                        bool ask_agent);

 private:
  Result<Observed> ToObserved(const virDomainStatsRecord& record);
  DiskSizes LastSizes(const std::string& uuid) const;
  void RememberSizes(const sdk::VmState& state);

  Connection& connection_;
  ViewCache& views_;
  AddressBook& addresses_;
  mutable std::mutex mutex_;                     // guards disk_sizes_
  std::map<std::string, DiskSizes> disk_sizes_;  // by domain UUID
};

}  // namespace vr::libvirt
