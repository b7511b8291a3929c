#include "providers/libvirt/addresses.h"

#include <gtest/gtest.h>

namespace vr::libvirt {
namespace {

TEST(MergeAddresses, TakesTheAgentsWordAndElseLeasesAndArpWithoutRepeating) {
  AddressReport report;
  report.agent = AddressesByMac{{"a", {"10.0.0.2", "2001:db8::2", "10.0.0.2"}}};
  report.leases = {{"a", {"10.0.0.9"}}, {"b", {"10.1.0.2"}}};
  report.arp = {{"b", {"10.1.0.2", "10.1.0.3"}}, {"c", {"10.2.0.2"}}};
  const AddressesByMac merged = MergeAddresses(report, {{"d", {"10.3.0.2"}}});
  EXPECT_EQ(merged, (AddressesByMac{{"a", {"10.0.0.2", "2001:db8::2"}},
                                    {"b", {"10.1.0.2", "10.1.0.3"}},
                                    {"c", {"10.2.0.2"}}}));
}

TEST(MergeAddresses, KeepsWhatWasKnownOfAnInterfaceWhileNobodyKnowsBetter) {
  AddressReport report;
  report.agent_silent = true;
  report.leases = {{"a", {"10.0.0.9"}}};
  const AddressesByMac merged =
      MergeAddresses(report, {{"a", {"10.0.0.2"}}, {"b", {"10.1.0.2", "2001:db8::2"}}});
  EXPECT_EQ(merged, (AddressesByMac{{"a", {"10.0.0.9"}}, {"b", {"10.1.0.2", "2001:db8::2"}}}));
}

}  // namespace
}  // namespace vr::libvirt
