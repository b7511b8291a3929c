#include "providers/libvirt/addresses.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace vr::libvirt {
namespace {

constexpr int kAgentSeconds = 2;

bool Useful(std::string_view address) {
  return !address.empty() && !address.starts_with("127.") && !address.starts_with("169.254.") &&
         address != "::1" && !address.starts_with("fe80:");
}

// Nothing if the source could not be asked.
std::optional<AddressesByMac> Ask(virDomainPtr domain, const DomainView& view, unsigned source) {
  AddressesByMac found;
  virDomainInterfacePtr* interfaces = nullptr;
  const int count = virDomainInterfaceAddresses(domain, &interfaces, source, 0);
  if (count < 0) return std::nullopt;
  for (int i = 0; i < count; ++i) {
    const std::string mac = interfaces[i]->hwaddr ? Lowercase(interfaces[i]->hwaddr) : "";
    const bool known = std::any_of(view.nics.begin(), view.nics.end(),
                                   [&](const NicView& nic) { return Lowercase(nic.mac) == mac; });
    for (unsigned a = 0; known && a < interfaces[i]->naddrs; ++a) {
      const std::string address = interfaces[i]->addrs[a].addr;
      if (Useful(address)) found[mac].push_back(address);
    }
    virDomainInterfaceFree(interfaces[i]);
  }
  std::free(interfaces);
  return found;
}

void AddNew(std::vector<std::string>& addresses, const std::vector<std::string>& more) {
  for (const std::string& address : more) {
    const auto end = addresses.end();
    if (std::find(addresses.begin(), end, address) == end) addresses.push_back(address);
  }
}

// An interface of QEMU's user mode is known to nobody but the agent.
bool AllKnown(const DomainView& view, const AddressReport& report) {
  const auto known = [&](const NicView& nic) {
    const std::string mac = Lowercase(nic.mac);
    return (report.agent && report.agent->contains(mac)) || report.leases.contains(mac) ||
           report.arp.contains(mac) || (nic.type == "user" && !view.agent_connected);
  };
  return std::all_of(view.nics.begin(), view.nics.end(), known);
}

}  // namespace

AddressReport QueryAddresses(virDomainPtr domain, const DomainView& view, bool ask_agent) {
  const bool on_network = std::any_of(view.nics.begin(), view.nics.end(),
                                      [](const NicView& nic) { return nic.type == "network"; });
  AddressReport report;
  if (view.agent_connected && ask_agent) {
    virDomainAgentSetResponseTimeout(domain, kAgentSeconds, 0);
    report.agent = Ask(domain, view, VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT);
    report.agent_silent = !report.agent;
  }
  if (on_network) {
    report.leases =
        Ask(domain, view, VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE).value_or(AddressesByMac());
  }
  report.arp = Ask(domain, view, VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP).value_or(AddressesByMac());
  report.all_known = AllKnown(view, report);
  return report;
}

AddressesByMac MergeAddresses(const AddressReport& report, const AddressesByMac& before) {
  AddressesByMac merged;
  for (const AddressesByMac* seen : {&report.leases, &report.arp}) {
    for (const auto& [mac, addresses] : *seen) AddNew(merged[mac], addresses);
  }
  if (!report.agent) {
    for (const auto& [mac, addresses] : before) merged.try_emplace(mac, addresses);
    return merged;
  }
  for (const auto& [mac, addresses] : *report.agent) {
    merged[mac].clear();
    AddNew(merged[mac], addresses);
  }
  return merged;
}

AddressesByMac AddressBook::Get(const std::string& uuid) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(uuid);
  return found == entries_.end() ? AddressesByMac() : found->second;
}

void AddressBook::Put(const std::string& uuid, AddressesByMac addresses) {
  const std::lock_guard lock(mutex_);
  entries_[uuid] = std::move(addresses);
}

void AddressBook::Forget(const std::string& uuid) {
  const std::lock_guard lock(mutex_);
  entries_.erase(uuid);
}

}  // namespace vr::libvirt
