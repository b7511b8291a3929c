#include "kube/lease.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "testing/fake_clock.h"
#include "testing/in_memory_control_plane.h"

namespace vr::kube {
namespace {

using ::testing::HasSubstr;

const ResourceType kLeases{"coordination.k8s.io", "v1", "Lease", "leases", true};

class LeaseTest : public ::testing::Test {
 protected:
  Context Ctx() const { return Context({}, clock_); }

  const Key key_{"kube-system", "manager"};
  testing::FakeClock clock_;
  testing::InMemoryControlPlane plane_{clock_};
};

TEST_F(LeaseTest, IsReadBackAsItWasWritten) {
  EXPECT_EQ(GetLease(Ctx(), plane_.client(), key_).error().kind, ErrorKind::kNotFound);
  const Lease wanted{.key = key_,
                     .holder = "a",
                     .duration = std::chrono::seconds(15),
                     .acquired = clock_.WallNow(),
                     .renewed = clock_.WallNow() + std::chrono::microseconds(5),
                     .transitions = 3};
  ASSERT_TRUE(CreateLease(Ctx(), plane_.client(), wanted).ok());
  const Lease lease = GetLease(Ctx(), plane_.client(), key_).value();
  EXPECT_EQ(lease.key, key_);
  EXPECT_EQ(lease.holder, "a");
  EXPECT_EQ(lease.duration, wanted.duration);
  EXPECT_EQ(lease.acquired, wanted.acquired);
  EXPECT_EQ(lease.renewed, wanted.renewed);
  EXPECT_EQ(lease.transitions, 3);
  EXPECT_EQ(CreateLease(Ctx(), plane_.client(), wanted).error().kind, ErrorKind::kConflict);
}

TEST_F(LeaseTest, AnUpdateLosesAgainstAnEarlierOne) {
  Lease first = CreateLease(Ctx(), plane_.client(),
                            {.key = key_, .holder = "a", .duration = std::chrono::seconds(15)})
                    .value();
  Lease second = first;
  first.holder = "b";
  ASSERT_TRUE(UpdateLease(Ctx(), plane_.client(), first).ok());
  second.holder = "c";
  EXPECT_EQ(UpdateLease(Ctx(), plane_.client(), second).error().kind, ErrorKind::kStale);
  EXPECT_EQ(GetLease(Ctx(), plane_.client(), key_).value().holder, "b");
  EXPECT_FALSE(UpdateLease(Ctx(), plane_.client(), {.key = key_}).ok()) << "it was never read";
}

TEST_F(LeaseTest, AnUpdateKeepsWhatOthersWrote) {
  ASSERT_TRUE(CreateLease(Ctx(), plane_.client(),
                          {.key = key_, .holder = "a", .duration = std::chrono::seconds(15)})
                  .ok());
  ASSERT_TRUE(plane_
                  .Patch(kLeases, key_,
                         Json{{"metadata", {{"labels", {{"team", "x"}}}}},
                              {"spec", {{"strategy", "OldestEmulationVersion"}}}})
                  .ok());
  Lease lease = GetLease(Ctx(), plane_.client(), key_).value();
  lease.holder = "b";
  ASSERT_TRUE(UpdateLease(Ctx(), plane_.client(), lease).ok());
  const Json stored = plane_.Get(kLeases, key_).value();
  EXPECT_EQ(stored["metadata"]["labels"]["team"], "x");
  EXPECT_EQ(stored["spec"]["strategy"], "OldestEmulationVersion");
  EXPECT_EQ(stored["spec"]["holderIdentity"], "b");
}

TEST(DecodeLease, TakesWhatIsMissingAndNamesWhatIsWrong) {
  const Lease lease = DecodeLease({{"metadata", {{"name", "l"}, {"namespace", "n"}}}}).value();
  EXPECT_EQ(lease.holder, "");
  EXPECT_EQ(lease.renewed, std::nullopt);
  for (const auto& [field, value] :
       std::initializer_list<std::pair<const char*, Json>>{{"holderIdentity", 5},
                                                           {"leaseDurationSeconds", "15"},
                                                           {"leaseTransitions", 1.5},
                                                           {"acquireTime", 7},
                                                           {"renewTime", "noon"}}) {
    const auto bad = DecodeLease({{"metadata", {{"name", "l"}}}, {"spec", {{field, value}}}});
    ASSERT_FALSE(bad.ok()) << field;
    EXPECT_EQ(bad.error().kind, ErrorKind::kInvalidSpec);
    EXPECT_THAT(bad.error().message, HasSubstr(std::string("spec.") + field));
  }
  EXPECT_FALSE(DecodeLease({{"spec", "text"}}).ok());
}

}  // namespace
}  // namespace vr::kube
