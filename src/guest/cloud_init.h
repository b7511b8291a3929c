// The NoCloud seed of one VM: what cloud-init reads at the first boot.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "guest/network_config.h"

namespace vr::guest {

struct SeedInput {
  std::string instance_id;     // the owner's UID: a new one makes cloud-init run again
  std::string name;            // of the VM; the host name is made from it
  std::string user_data;       // may be empty
  std::string meta_data;       // YAML map of the user; its keys win; may be empty
  std::vector<GuestNic> nics;  // a network-config is made if one of them is not plain DHCP
};

// File contents; network_config is empty when the guest should do what it does by itself (DHCP).
struct Seed {
  std::string user_data;
  std::string meta_data;
  std::string network_config;
};

// kInvalidSpec if user-data does not begin with a header that cloud-init knows, meta-data is not a
// YAML map, an address is wrong, or something is too large. Adds no user, password or key.
Result<Seed> BuildSeed(const SeedInput& input);

// The seed as an ISO image labelled "cidata".
Result<std::string> SeedImage(const Seed& seed);

// A valid host name (RFC 1123 label) made from any name; "vm" if nothing of it is usable.
std::string HostnameFrom(std::string_view name);

}  // namespace vr::guest
