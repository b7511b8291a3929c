#include "guest/network_config.h"

#include <arpa/inet.h>
#include <yaml-cpp/yaml.h>

#include <array>

namespace vr::guest {
namespace {

// 4, 6, or 0 for what is no address.
int Family(const std::string& address) {
  std::array<unsigned char, sizeof(in6_addr)> binary{};
  if (inet_pton(AF_INET, address.c_str(), binary.data()) == 1) return 4;
  if (inet_pton(AF_INET6, address.c_str(), binary.data()) == 1) return 6;
  return 0;
}

Error Bad(const std::string& what, const std::string& value) {
  return Error{ErrorKind::kInvalidSpec, what + ": '" + value + "'", {}};
}

Status Check(const GuestNic& nic) {
  if (nic.mac.empty()) return Bad("a guest interface needs a MAC address", nic.mac);
  for (const std::string& server : nic.dns) {
    if (Family(server) == 0) return Bad("DNS server is not an IP address", server);
  }
  if (nic.address.empty()) return {};
  const int family = Family(nic.address);
  if (family == 0) return Bad("static address is not an IP address", nic.address);
  if (nic.prefix < 1 || nic.prefix > (family == 4 ? 32 : 128)) {
    return Bad("prefix length of " + nic.address + " is out of range", std::to_string(nic.prefix));
  }
  if (!nic.gateway.empty() && Family(nic.gateway) != family) {
    return Bad("gateway is not an address of the same family as " + nic.address, nic.gateway);
  }
  return {};
}

void EmitAddresses(YAML::Emitter& out, const GuestNic& nic) {
  out << YAML::Key << "dhcp4" << YAML::Value << (nic.dhcp && nic.address.empty());
  if (!nic.address.empty()) {
    out << YAML::Key << "addresses" << YAML::Value << YAML::BeginSeq << YAML::DoubleQuoted
        << nic.address + "/" + std::to_string(nic.prefix) << YAML::EndSeq;
  }
  if (!nic.address.empty() && !nic.gateway.empty()) {
    out << YAML::Key << "routes" << YAML::Value << YAML::BeginSeq << YAML::BeginMap << YAML::Key
        << "to" << YAML::Value << (Family(nic.address) == 4 ? "0.0.0.0/0" : "::/0") << YAML::Key
        << "via" << YAML::Value << YAML::DoubleQuoted << nic.gateway << YAML::EndMap
        << YAML::EndSeq;
  }
  if (!nic.dns.empty()) {
    out << YAML::Key << "nameservers" << YAML::Value << YAML::BeginMap << YAML::Key << "addresses"
        << YAML::Value << YAML::BeginSeq;
    for (const std::string& server : nic.dns) out << YAML::DoubleQuoted << server;
    out << YAML::EndSeq << YAML::EndMap;
  }
}

}  // namespace

Result<std::string> RenderNetworkConfig(const std::vector<GuestNic>& nics) {
  YAML::Emitter out;
  out << YAML::BeginMap << YAML::Key << "version" << YAML::Value << 2 << YAML::Key << "ethernets"
      << YAML::Value << YAML::BeginMap;
  int number = 0;
  for (const GuestNic& nic : nics) {
    VR_RETURN_IF_ERROR(Check(nic));
    out << YAML::Key << "nic" + std::to_string(number++) << YAML::Value << YAML::BeginMap;
    out << YAML::Key << "match" << YAML::Value << YAML::BeginMap << YAML::Key << "macaddress"
        << YAML::Value << YAML::DoubleQuoted << nic.mac << YAML::EndMap;
    EmitAddresses(out, nic);
    if (nic.mtu > 0) out << YAML::Key << "mtu" << YAML::Value << nic.mtu;
    out << YAML::EndMap;
  }
  out << YAML::EndMap << YAML::EndMap;
  return std::string(out.c_str()) + "\n";
}

}  // namespace vr::guest
