#include "providers/libvirt/host_traits.h"

#include <gtest/gtest.h>

namespace vr::libvirt {
namespace {

TEST(ReadDomainCapabilities, TakesTheBestCpuAndKnowsTheFirmware) {
  const auto traits =
      ReadDomainCapabilities(R"(<domainCapabilities><domain>kvm</domain><arch>x86_64</arch>
    <os supported='yes'><enum name='firmware'><value>efi</value></enum>
    <loader supported='yes'><enum name='secure'><value>yes</value></enum></loader></os>
    <cpu><mode name='host-passthrough' supported='yes'/><mode name='host-model' supported='no'/></cpu>
    <devices><tpm supported='yes'><enum name='backendModel'><value>emulator</value></enum></tpm></devices>
    </domainCapabilities>)");
  ASSERT_TRUE(traits);
  EXPECT_EQ(traits->domain_type, "kvm");
  EXPECT_EQ(traits->cpu_mode, "host-passthrough");
  EXPECT_TRUE(traits->uefi && traits->secure_boot && traits->tpm_emulator);
}

TEST(ReadDomainCapabilities, AssumesNothingThatIsNotListed) {
  const auto traits =
      ReadDomainCapabilities("<domainCapabilities><domain>qemu</domain></domainCapabilities>");
  ASSERT_TRUE(traits);
  EXPECT_FALSE(traits->uefi || traits->secure_boot || traits->tpm_emulator);
  EXPECT_FALSE(ReadDomainCapabilities("<oops"));
}

}  // namespace
}  // namespace vr::libvirt
