#include "runtime/leader_election.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>

#include "testing/fake_clock.h"
#include "testing/in_memory_control_plane.h"

namespace vr::runtime {
namespace {

using std::chrono::seconds;
using testing::FaultKind;

// A candidate that counts what happens to it.
struct Candidate {
  Candidate(const std::string& identity, const kube::Client& client, const Clock& clock)
      : election({.lease = {"kube-system", "manager"}, .identity = identity},
                 {.client = client, .clock = clock},
                 {.on_acquired = [this] { ++acquired; }, .on_lost = [this] { ++lost; }}) {}
  std::atomic<int> acquired = 0;
  std::atomic<int> lost = 0;
  LeaderElection election;
};

class LeaderElectionTest : public ::testing::Test {
 protected:
  std::unique_ptr<Candidate> Start(const std::string& identity) {
    auto candidate = std::make_unique<Candidate>(identity, plane_.client(), clock_);
    candidate->election.Start();
    return candidate;
  }
  // Moves time in steps of a second; the given number of candidates waits again after each.
  void Pass(seconds time, size_t waiting) {
    for (seconds passed(0); passed < time; passed += seconds(1)) {
      ASSERT_TRUE(clock_.WaitForWaiters(waiting));
      clock_.Advance(seconds(1));
    }
    ASSERT_TRUE(clock_.WaitForWaiters(waiting));
  }
  kube::Lease Lease() {
    return kube::GetLease(Context({}, clock_), plane_.client(), {"kube-system", "manager"}).value();
  }

  testing::FakeClock clock_;
  testing::InMemoryControlPlane plane_{clock_};
};

TEST_F(LeaderElectionTest, TheFirstLeadsAndTheSecondWaits) {
  const auto one = Start("one");
  ASSERT_TRUE(clock_.WaitForWaiters(1));
  EXPECT_TRUE(one->election.leading());
  EXPECT_EQ(one->acquired, 1);
  const auto two = Start("two");
  Pass(seconds(60), 2);
  EXPECT_TRUE(one->election.leading());
  EXPECT_FALSE(two->election.leading());
  EXPECT_EQ(two->election.leader(), "one");
  EXPECT_EQ(Lease().transitions, 0);
  EXPECT_GE(Lease().renewed, clock_.WallNow() - seconds(2));
}

TEST_F(LeaderElectionTest, AStopLetsTheNextOneLeadAtOnce) {
  const auto one = Start("one");
  ASSERT_TRUE(clock_.WaitForWaiters(1));
  const auto two = Start("two");
  ASSERT_TRUE(clock_.WaitForWaiters(2));
  one->election.Stop();
  EXPECT_EQ(one->lost, 0);
  EXPECT_FALSE(one->election.leading());
  EXPECT_EQ(Lease().holder, "");
  Pass(seconds(2), 1);
  EXPECT_TRUE(two->election.leading());
  EXPECT_EQ(Lease().transitions, 1);
}

TEST_F(LeaderElectionTest, ADeadLeadersLeaseIsTakenOnceItHasNotChangedForItsDuration) {
  ASSERT_TRUE(kube::CreateLease(Context({}, clock_), plane_.client(),
                                {.key = {"kube-system", "manager"},
                                 .holder = "dead",
                                 .duration = seconds(15),
                                 // its clock was wrong: the times in a lease must not matter
                                 .renewed = clock_.WallNow() - std::chrono::hours(24)})
                  .ok());
  const auto one = Start("one");
  Pass(seconds(14), 1);
  EXPECT_FALSE(one->election.leading());
  Pass(seconds(3), 1);
  EXPECT_TRUE(one->election.leading());
  EXPECT_EQ(Lease().holder, "one");
}

TEST_F(LeaderElectionTest, ALeaderThatCannotRenewGivesUpBeforeAnotherMayLead) {
  const auto one = Start("one");
  ASSERT_TRUE(clock_.WaitForWaiters(1));
  plane_.Inject({.method = "PUT", .count = -1});
  for (int i = 0; i < 10 && one->lost == 0; ++i) {
    if (!clock_.WaitForWaiters(1)) break;
    EXPECT_TRUE(one->election.leading());
    clock_.Advance(seconds(1));
    while (one->lost == 0 && clock_.Waiters() == 0) std::this_thread::yield();
  }
  EXPECT_EQ(one->lost, 1);
  EXPECT_FALSE(one->election.leading());
  EXPECT_LE(clock_.WallNow() - *Lease().renewed, seconds(10));
}

TEST_F(LeaderElectionTest, ALeaderWhoseCallHangsGivesUpInTime) {
  const auto one = Start("one");
  ASSERT_TRUE(clock_.WaitForWaiters(1));
  plane_.Inject({.method = "PUT", .kind = FaultKind::kHang, .count = -1});
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(clock_.WaitForWaiters(1));
    clock_.Advance(seconds(1));
  }
  while (one->lost == 0) std::this_thread::yield();
  EXPECT_FALSE(one->election.leading());
}

TEST_F(LeaderElectionTest, AFewFailedRenewalsDoNoHarm) {
  const auto one = Start("one");
  ASSERT_TRUE(clock_.WaitForWaiters(1));
  plane_.Inject({.method = "PUT", .count = 2});
  plane_.Inject({.method = "PUT", .kind = FaultKind::kLostReply});
  Pass(seconds(20), 1);
  EXPECT_TRUE(one->election.leading());
  EXPECT_EQ(one->lost, 0);
  EXPECT_EQ(one->acquired, 1);
}

TEST_F(LeaderElectionTest, ALostReplyToTheFirstWriteDoesNotLockTheCandidateOut) {
  plane_.Inject({.method = "POST", .kind = FaultKind::kLostReply});
  const auto one = Start("one");
  Pass(seconds(2), 1);
  EXPECT_TRUE(one->election.leading());
}

TEST_F(LeaderElectionTest, ALeaderWhoseLeaseAnotherTookStops) {
  const auto one = Start("one");
  ASSERT_TRUE(clock_.WaitForWaiters(1));
  kube::Lease lease = Lease();
  lease.holder = "thief";
  ASSERT_TRUE(kube::UpdateLease(Context({}, clock_), plane_.client(), lease).ok());
  clock_.Advance(seconds(2));
  while (one->lost == 0) std::this_thread::yield();
  EXPECT_FALSE(one->election.leading());
  EXPECT_EQ(one->election.leader(), "thief");
  one->election.Stop();
  EXPECT_EQ(Lease().holder, "thief");
}

TEST_F(LeaderElectionTest, ADeletedLeaseIsMadeAgain) {
  const auto one = Start("one");
  ASSERT_TRUE(clock_.WaitForWaiters(1));
  ASSERT_TRUE(plane_
                  .Delete({"coordination.k8s.io", "v1", "Lease", "leases", true},
                          {"kube-system", "manager"})
                  .ok());
  Pass(seconds(2), 1);
  EXPECT_TRUE(one->election.leading());
  EXPECT_EQ(Lease().holder, "one");
}

TEST(LeaderElection, RefusesOptionsThatAreNotSafe) {
  const LeaderElectionOptions good{.lease = {"n", "l"}, .identity = "i"};
  EXPECT_TRUE(LeaderElection::Check(good).ok());
  std::vector<LeaderElectionOptions> bad(6, good);
  bad[0].identity.clear();
  bad[1].lease.ns.clear();
  bad[2].lease.name.clear();
  bad[3].retry_period = Duration::zero();
  bad[4].renew_deadline = bad[4].retry_period;
  bad[5].lease_duration = bad[5].renew_deadline;
  for (const auto& options : bad)
    EXPECT_EQ(LeaderElection::Check(options).error().kind, ErrorKind::kInvalidSpec);
}

}  // namespace
}  // namespace vr::runtime
