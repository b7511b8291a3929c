// The domains of the host as VmStates, in few calls.
#pragma once

#include <libvirt/libvirt.h>

#include <memory>
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

// The domain with this UUID; kNotFound if libvirt was asked and has none.
Result<DomainHandle> LookUpDomain(virConnectPtr connect, const std::string& uuid);
// Its XML, parsed; of the running domain where it runs.
Result<DomainView> ReadDomain(virDomainPtr domain);

// What is looked for next by the Monitor.
struct Observed {
  sdk::VmState state;
  bool wants_address = false;  // runs, has an interface, and no address is known yet
  bool creating = false;       // not complete: not shown to anyone
};

// Thread-safe.
class Inventory {
 public:
  Inventory(Connection& connection, ViewCache& views, AddressBook& addresses)
      : connection_(connection), views_(views), addresses_(addresses) {}

  // One bulk call, plus one call for each domain whose XML changed since the last time.
  Result<std::vector<Observed>> List(const Context& ctx);
  // Nothing if the host was asked and has no such domain.
  Result<std::optional<Observed>> Observe(const Context& ctx, const std::string& uuid);
  Result<std::optional<DomainView>> View(const Context& ctx, const std::string& uuid);
  // Looks the addresses of one domain up and remembers them; true if there are any.
  Result<bool> FindAddresses(const Context& ctx, const std::string& uuid);

 private:
  Result<Observed> ToObserved(const virDomainStatsRecord& record);

  Connection& connection_;
  ViewCache& views_;
  AddressBook& addresses_;
};

}  // namespace vr::libvirt
