// cloud-init's network configuration, version 2.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace vr::guest {

// One interface of the guest, found by its MAC address.
struct GuestNic {
  std::string mac;
  bool dhcp = true;  // only where there is no address
  std::string address;
  int32_t prefix = 0;
  std::string gateway;           // may be empty
  std::vector<std::string> dns;  // may be empty
  int32_t mtu = 0;               // 0: leave it
};

// The YAML text; kInvalidSpec names what is wrong with an address. IPv4 and IPv6 alike.
Result<std::string> RenderNetworkConfig(const std::vector<GuestNic>& nics);

}  // namespace vr::guest
