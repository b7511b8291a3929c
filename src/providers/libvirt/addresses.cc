#include "providers/libvirt/addresses.h"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace vr::libvirt {
namespace {

constexpr int kAgentSeconds = 2;

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool Useful(std::string_view address) {
  return !address.empty() && !address.starts_with("127.") && !address.starts_with("169.254.") &&
         address != "::1" && !address.starts_with("fe80:");
}

AddressesByMac Ask(virDomainPtr domain, const DomainView& view, unsigned source) {
  AddressesByMac found;
  virDomainInterfacePtr* interfaces = nullptr;
  const int count = virDomainInterfaceAddresses(domain, &interfaces, source, 0);
  for (int i = 0; i < count; ++i) {
    const std::string mac = interfaces[i]->hwaddr ? Lower(interfaces[i]->hwaddr) : "";
    const bool known = std::any_of(view.nics.begin(), view.nics.end(),
                                   [&](const NicView& nic) { return Lower(nic.mac) == mac; });
    for (unsigned a = 0; known && a < interfaces[i]->naddrs; ++a) {
      const std::string address = interfaces[i]->addrs[a].addr;
      if (Useful(address)) found[mac].push_back(address);
    }
    virDomainInterfaceFree(interfaces[i]);
  }
  std::free(interfaces);
  return found;
}

}  // namespace

AddressesByMac QueryAddresses(virDomainPtr domain, const DomainView& view) {
  const bool on_network = std::any_of(view.nics.begin(), view.nics.end(),
                                      [](const NicView& nic) { return nic.type == "network"; });
  AddressesByMac found;
  if (on_network) found = Ask(domain, view, VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE);
  if (found.empty() && view.agent_connected) {
    virDomainAgentSetResponseTimeout(domain, kAgentSeconds, 0);
    found = Ask(domain, view, VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT);
  }
  if (found.empty()) found = Ask(domain, view, VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP);
  return found;
}

std::optional<AddressBook::Entry> AddressBook::Get(const std::string& uuid) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(uuid);
  return found == entries_.end() ? std::nullopt : std::optional(found->second);
}

void AddressBook::Put(const std::string& uuid, Entry entry) {
  const std::lock_guard lock(mutex_);
  entries_[uuid] = std::move(entry);
}

void AddressBook::Forget(const std::string& uuid) {
  const std::lock_guard lock(mutex_);
  entries_.erase(uuid);
}

}  // namespace vr::libvirt
