// Against libvirt's own test driver, which lives in this process and has one running domain.
#include "providers/libvirt/monitor.h"

#include <gtest/gtest.h>

#include <future>

#include "testing/eventually.h"
#include "testing/fake_clock.h"

namespace vr::libvirt {
namespace {

using std::chrono::seconds;
using ::vr::testing::Eventually;

class MonitorTest : public ::testing::Test {
 protected:
  void TearDown() override {
    connection_.Stop();
    monitor_.Stop();
    EXPECT_TRUE(Eventually(HostIsNew));
  }
  // The test driver's host is made anew when nobody is connected to it any more.
  static bool HostIsNew() {
    const ConnectHandle fresh(virConnectOpen("test:///default"));
    return virConnectNumOfDomains(fresh.get()) == 1;
  }
  void Start() {
    monitor_.Start();
    connection_.Start([this](virConnectPtr connect) { return monitor_.OnConnected(connect); },
                      [this](const Error& error) { monitor_.OnLost(error); });
  }
  // Does something to the domain that the test driver begins with.
  void WithDomain(const std::function<int(virDomainPtr)>& change) {
    const Status changed = connection_.Call(Context({}, clock_), [&](virConnectPtr c) -> Status {
      const DomainHandle domain(virDomainLookupByName(c, "test"));
      EXPECT_EQ(change(domain.get()), 0);
      return {};
    });
    EXPECT_TRUE(changed) << changed.error().message;
  }

  testing::FakeClock clock_;
  EventLoop loop_;
  Connection connection_{loop_, ConnectionOptions{.uri = "test:///default", .max_calls = 1},
                         clock_};
  std::shared_ptr<ViewCache> views_ = std::make_shared<ViewCache>();
  AddressBook addresses_;
  Inventory inventory_{connection_, *views_, addresses_};
  sdk::WatchHub hub_;
  Monitor monitor_{inventory_, views_, addresses_, hub_, clock_};
};

TEST_F(MonitorTest, PublishesWhatThereIsAndThenEachChange) {
  Start();
  ASSERT_TRUE(Eventually([&] { return hub_.Summary().on == 1; }));
  WithDomain(virDomainSuspend);
  EXPECT_TRUE(Eventually([&] { return hub_.Summary().suspended == 1; }));
  WithDomain(virDomainDestroy);
  EXPECT_TRUE(Eventually([&] { return hub_.Summary().off == 1; }));
  WithDomain(virDomainUndefine);
  EXPECT_TRUE(Eventually([&] {
    const sdk::HubSummary summary = hub_.Summary();
    return summary.on + summary.off + summary.suspended == 0;
  }));
}

TEST_F(MonitorTest, SaysThatTheHostIsUnreachableWhenTheConnectionIsLost) {
  Start();
  ASSERT_TRUE(Eventually([&] { return hub_.Summary().on == 1; }));
  connection_.Stop();
  monitor_.OnLost({ErrorKind::kUnavailable, "gone", {}});
  EXPECT_FALSE(hub_.Summary().healthy);
}

// The test driver leases addresses to interfaces of its network "default".
constexpr char kTwoNics[] = R"(<domain type='test'><name>two</name><memory>1024</memory>
  <os><type>hvm</type></os><devices>
  <interface type='network'><mac address='52:54:00:00:00:01'/><source network='default'/></interface>
  <interface type='network'><mac address='52:54:00:00:00:02'/><source network='default'/></interface>
  </devices></domain>)";

TEST_F(MonitorTest, FindsTheAddressesOfAllInterfacesAndForgetsThemWithTheGuest) {
  Start();
  ASSERT_TRUE(Eventually([&] { return hub_.Summary().on == 1; }));
  std::string uuid;
  ASSERT_TRUE(connection_.Call(Context({}, clock_), [&](virConnectPtr c) -> Status {
    const DomainHandle domain(virDomainCreateXML(c, kTwoNics, 0));
    EXPECT_TRUE(domain);
    if (domain) uuid = UuidOf(domain.get());
    return {};
  }));
  const auto ips = [&] {
    const auto seen = inventory_.Observe(Context({}, clock_), uuid);
    return seen && *seen ? (*seen)->state.ips.size() : 0;
  };
  EXPECT_TRUE(Eventually([&] { return ips() == 2; }));
  ASSERT_TRUE(connection_.Call(Context({}, clock_), [&](virConnectPtr c) -> Status {
    const DomainHandle domain(virDomainLookupByName(c, "two"));
    EXPECT_EQ(virDomainDestroy(domain.get()), 0);
    return {};
  }));
  EXPECT_TRUE(Eventually([&] { return addresses_.Get(uuid).empty(); }));
}

TEST_F(MonitorTest, LetsGoOfAConnectionThatWasLost) {
  Start();
  ASSERT_TRUE(Eventually([&] { return hub_.Summary().on == 1; }));
  WithDomain(virDomainDestroy);
  connection_.Stop();
  monitor_.OnLost({ErrorKind::kUnavailable, "gone", {}});
  EXPECT_TRUE(Eventually(HostIsNew)) << "still the host of before";
}

// The only call slot is taken for longer than a look may wait.
TEST_F(MonitorTest, LooksAgainAfterALookFoundNoFreeCallSlot) {
  Start();
  ASSERT_TRUE(Eventually([&] { return hub_.Summary().on == 1; }));
  std::promise<void> taken;
  std::promise<void> release;
  auto busy = std::async(std::launch::async, [&] {
    return connection_.Call(Context({}, clock_), [&](virConnectPtr c) -> Status {
      const DomainHandle domain(virDomainLookupByName(c, "test"));
      EXPECT_EQ(virDomainSuspend(domain.get()), 0);
      taken.set_value();
      release.get_future().wait();
      return {};
    });
  });
  taken.get_future().wait();
  // Waiting: the connection (for its end), the look (for a slot).
  ASSERT_TRUE(Eventually([&] { return clock_.AdvanceToNextDeadline(); }));
  EXPECT_EQ(hub_.Summary().on, 1u);
  release.set_value();
  EXPECT_TRUE(busy.get());
  EXPECT_TRUE(Eventually([&] {
    clock_.AdvanceToNextDeadline();
    return hub_.Summary().suspended == 1;
  }));
}

}  // namespace
}  // namespace vr::libvirt
