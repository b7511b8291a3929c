#include "guest/network_config.h"

#include <gtest/gtest.h>

namespace vr::guest {
namespace {

TEST(RenderNetworkConfig, RendersStaticAndDhcpInterfaces) {
  const auto text =
      RenderNetworkConfig({{.mac = "52:54:00:00:00:01",
                            .address = "192.0.2.10",
                            .prefix = 24,
                            .gateway = "192.0.2.1",
                            .dns = {"192.0.2.53"},
                            .mtu = 1400},
                           {.mac = "52:54:00:00:00:02", .address = "", .gateway = "", .dns = {}},
                           {.mac = "52:54:00:00:00:03",
                            .address = "2001:db8::5",
                            .prefix = 64,
                            .gateway = "2001:db8::1",
                            .dns = {}}});
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(*text, R"(version: 2
ethernets:
  nic0:
    match:
      macaddress: "52:54:00:00:00:01"
    dhcp4: false
    addresses:
      - "192.0.2.10/24"
    routes:
      - to: 0.0.0.0/0
        via: "192.0.2.1"
    nameservers:
      addresses:
        - "192.0.2.53"
    mtu: 1400
  nic1:
    match:
      macaddress: "52:54:00:00:00:02"
    dhcp4: true
  nic2:
    match:
      macaddress: "52:54:00:00:00:03"
    dhcp4: false
    addresses:
      - "2001:db8::5/64"
    routes:
      - to: ::/0
        via: "2001:db8::1"
)");
}

TEST(RenderNetworkConfig, RefusesWrongAddresses) {
  const std::string mac = "52:54:00:00:00:01";
  const std::vector<GuestNic> wrong = {
      {.mac = "", .address = "192.0.2.1", .prefix = 24, .gateway = "", .dns = {}},
      {.mac = mac, .address = "192.0.2", .prefix = 24, .gateway = "", .dns = {}},
      {.mac = mac, .address = "192.0.2.1", .prefix = 33, .gateway = "", .dns = {}},
      {.mac = mac, .address = "192.0.2.1", .prefix = 24, .gateway = "2001:db8::1", .dns = {}},
      {.mac = mac, .address = "192.0.2.1", .prefix = 24, .gateway = "", .dns = {"ns1"}}};
  for (const GuestNic& nic : wrong) {
    const auto text = RenderNetworkConfig({nic});
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().kind, ErrorKind::kInvalidSpec);
  }
}

}  // namespace
}  // namespace vr::guest
