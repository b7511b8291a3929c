// The IP addresses of running guests.
#pragma once

#include <libvirt/libvirt.h>

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "providers/libvirt/domain_xml.h"

namespace vr::libvirt {

using AddressesByMac = std::map<std::string, std::vector<std::string>>;

// What each source says of a domain's interfaces. Addresses that mean nothing outside the guest
// (loopback, link-local) and interfaces that are not the domain's are left out.
struct AddressReport {
  std::optional<AddressesByMac> agent;  // nothing: it was not asked, or did not answer
  bool agent_silent = false;            // asked, and no answer within two seconds
  AddressesByMac leases;                // of libvirt's networks
  AddressesByMac arp;                   // the host's table
  bool all_known = false;               // each interface that a source can know has an address
};

// Asks all sources; the guest agent only if it is connected and `ask_agent` says so.
AddressReport QueryAddresses(virDomainPtr domain, const DomainView& view, bool ask_agent);

// For each interface what the agent says, who knows all of its addresses and only those; otherwise
// leases and ARP together. Where nobody says anything and the agent was not heard, what was known
// `before` stays: the host forgets a guest that it does not talk to.
AddressesByMac MergeAddresses(const AddressReport& report, const AddressesByMac& before);

// Thread-safe: what was found last, by domain UUID.
class AddressBook {
 public:
  AddressesByMac Get(const std::string& uuid) const;  // empty if there is nothing
  void Put(const std::string& uuid, AddressesByMac addresses);
  void Forget(const std::string& uuid);

 private:
  mutable std::mutex mutex_;  // guards entries_
  std::map<std::string, AddressesByMac> entries_;
};

}  // namespace vr::libvirt
