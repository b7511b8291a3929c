#include "providers/libvirt/host_traits.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "testing/eventually.h"

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

HostTraits Kvm() { return {.domain_type = "kvm", .cpu_mode = "host-passthrough"}; }
HostTraits Emulation() { return {.domain_type = "qemu", .cpu_mode = "host-model"}; }
Status Fails(ErrorKind kind) { return Error{kind, "no", {}}; }

TEST(ChooseTraits, TakesKvmOnlyWhereADomainReallyStartsWithIt) {
  const auto works = ChooseTraits(Kvm(), Emulation(), [](const HostTraits&) { return Status(); });
  EXPECT_EQ(works->domain_type, "kvm");
  const auto broken = ChooseTraits(Kvm(), Emulation(), [](const HostTraits& traits) {
    return traits.domain_type == "kvm" ? Fails(ErrorKind::kRetryable) : Status();
  });
  EXPECT_EQ(broken->domain_type, "qemu");
  EXPECT_EQ(broken->cpu_mode, "maximum");
  const auto none = ChooseTraits({}, Emulation(), [](const HostTraits&) { return Status(); });
  EXPECT_EQ(none->domain_type, "qemu");
}

TEST(ChooseTraits, TakesNoFailureForALackOfKvmThatIsAboutSomethingElse) {
  const auto both_fail = ChooseTraits(
      Kvm(), Emulation(), [](const HostTraits&) { return Fails(ErrorKind::kRetryable); });
  ASSERT_FALSE(both_fail);
  for (const ErrorKind kind : {ErrorKind::kUnavailable, ErrorKind::kConflict}) {
    const auto lost = ChooseTraits(Kvm(), Emulation(), [&](const HostTraits& traits) {
      return traits.domain_type == "kvm" ? Fails(kind) : Status();
    });
    ASSERT_FALSE(lost);
    EXPECT_EQ(lost.error().kind, kind);
  }
}

class HostProbeTest : public ::testing::Test {
 protected:
  HostProbeTest() {
    connection_.Start([](virConnectPtr) { return Status(); }, [](const Error&) {});
  }
  const Context ctx_ = Context().WithTimeout(std::chrono::seconds(20));
  EventLoop loop_;
  Connection connection_{loop_, ConnectionOptions{.uri = "test:///default"}, SystemClock()};
};

TEST_F(HostProbeTest, ProbesOnceForAllWhoAskAtTheSameTime) {
  std::atomic<int> probes = 0;
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  HostProbe host(connection_, [&](virConnectPtr) -> Result<HostTraits> {
    ++probes;
    released.wait();
    return Kvm();
  });
  const auto ask = [&] { return host.Get(ctx_); };
  auto first = std::async(std::launch::async, ask);
  ASSERT_TRUE(testing::Eventually([&] { return probes == 1; }));
  auto second = std::async(std::launch::async, ask);
  const auto impatient = host.Get(ctx_.WithTimeout(std::chrono::milliseconds(1)));
  EXPECT_EQ(impatient.error().kind, ErrorKind::kTimeout);
  release.set_value();
  EXPECT_EQ(first.get()->domain_type, "kvm");
  EXPECT_EQ(second.get()->domain_type, "kvm");
  EXPECT_EQ(probes, 1);
}

TEST_F(HostProbeTest, RemembersNoErrorAndNothingOfTheConnectionBefore) {
  int probes = 0;
  HostProbe host(connection_, [&](virConnectPtr) -> Result<HostTraits> {
    ++probes;
    if (probes == 1) return Error{ErrorKind::kRetryable, "no", {}};
    if (probes == 2) host.Forget();  // a new connection comes up meanwhile
    return Kvm();
  });
  EXPECT_FALSE(host.Get(ctx_));
  EXPECT_TRUE(host.Get(ctx_));
  EXPECT_TRUE(host.Get(ctx_));
  EXPECT_TRUE(host.Get(ctx_));
  EXPECT_EQ(probes, 3);
}

}  // namespace
}  // namespace vr::libvirt
