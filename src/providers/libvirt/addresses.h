// The IP addresses of running guests.
#pragma once

#include <libvirt/libvirt.h>

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "providers/libvirt/domain_xml.h"

namespace vr::libvirt {

using AddressesByMac = std::map<std::string, std::vector<std::string>>;

// Asks, in this order, until one knows: DHCP leases of libvirt's networks, the guest agent (waiting
// two seconds at most, and only if it is connected), the host's ARP table. Addresses that mean
// nothing outside the guest (loopback, link-local) and interfaces that are not the domain's are
// left out.
AddressesByMac QueryAddresses(virDomainPtr domain, const DomainView& view);

// Thread-safe: what was found last, by domain UUID.
class AddressBook {
 public:
  struct Entry {
    AddressesByMac addresses;
    TimePoint found;
  };
  std::optional<Entry> Get(const std::string& uuid) const;
  void Put(const std::string& uuid, Entry entry);
  void Forget(const std::string& uuid);

 private:
  mutable std::mutex mutex_;  // guards entries_
  std::map<std::string, Entry> entries_;
};

}  // namespace vr::libvirt
