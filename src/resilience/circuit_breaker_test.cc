#include "resilience/circuit_breaker.h"

#include <gtest/gtest.h>

#include <vector>

#include "testing/fake_clock.h"

namespace vr::resilience {
namespace {

using std::chrono::seconds;

class CircuitBreakerTest : public ::testing::Test {
 protected:
  void Fail(int times) {
    for (int i = 0; i < times; ++i) {
      ASSERT_TRUE(breaker_.Allow().ok());
      breaker_.Record(Error{ErrorKind::kUnavailable, "down", {}});
    }
  }

  testing::FakeClock clock_;
  std::vector<BreakerState> seen_;
  CircuitBreaker breaker_{"default/lab",
                          {.failure_threshold = 3, .reset = seconds(60), .half_open_max_calls = 2},
                          clock_,
                          [this](BreakerState state) { seen_.push_back(state); }};
};

TEST_F(CircuitBreakerTest, OpensAfterConsecutiveFailuresAndNamesTheProvider) {
  Fail(3);
  const Status refused = breaker_.Allow();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(refused.error().retry_after, seconds(60));
  EXPECT_NE(refused.error().message.find("default/lab"), std::string::npos);
}

TEST_F(CircuitBreakerTest, ASuccessStartsTheCountAgain) {
  Fail(2);
  breaker_.Record({});
  Fail(2);
  EXPECT_EQ(breaker_.state(), BreakerState::kClosed);
}

TEST_F(CircuitBreakerTest, RefusedRequestsDoNotOpenIt) {
  for (int i = 0; i < 20; ++i) breaker_.Record(Error{ErrorKind::kNotFound, "no such vm", {}});
  EXPECT_EQ(breaker_.state(), BreakerState::kClosed);
}

TEST_F(CircuitBreakerTest, ClosesAfterSuccessfulTrials) {
  Fail(3);
  clock_.Advance(seconds(60));
  ASSERT_TRUE(breaker_.Allow().ok());
  ASSERT_TRUE(breaker_.Allow().ok());
  EXPECT_FALSE(breaker_.Allow().ok()) << "only two trials at a time";
  breaker_.Record({});
  breaker_.Record({});
  EXPECT_EQ(breaker_.state(), BreakerState::kClosed);
  EXPECT_EQ(seen_,
            (std::vector{BreakerState::kOpen, BreakerState::kHalfOpen, BreakerState::kClosed}));
}

TEST_F(CircuitBreakerTest, AProbeThatSucceedsClosesItAtOnceAndOneThatFailsCounts) {
  Fail(3);
  breaker_.RecordProbe(Error{ErrorKind::kUnavailable, "down", {}});
  EXPECT_EQ(breaker_.state(), BreakerState::kOpen);
  breaker_.RecordProbe({});
  EXPECT_EQ(breaker_.state(), BreakerState::kClosed);
  EXPECT_TRUE(breaker_.Allow().ok());
  for (int i = 0; i < 3; ++i) breaker_.RecordProbe(Error{ErrorKind::kUnavailable, "down", {}});
  EXPECT_EQ(breaker_.state(), BreakerState::kOpen);
  EXPECT_EQ(seen_, (std::vector{BreakerState::kOpen, BreakerState::kClosed, BreakerState::kOpen}));
}

TEST_F(CircuitBreakerTest, OpensAgainWhenATrialFails) {
  Fail(3);
  clock_.Advance(seconds(60));
  ASSERT_TRUE(breaker_.Allow().ok());
  breaker_.Record(Error{ErrorKind::kTimeout, "slow", {}});
  EXPECT_EQ(breaker_.state(), BreakerState::kOpen);
  EXPECT_FALSE(breaker_.Allow().ok());
}

TEST_F(CircuitBreakerTest, ACancelledTrialFreesItsPlaceAndDecidesNothing) {
  Fail(3);
  clock_.Advance(seconds(60));
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(breaker_.Allow().ok());
    breaker_.Record(Error{ErrorKind::kCancelled, "stopped", {}});
  }
  EXPECT_EQ(breaker_.state(), BreakerState::kHalfOpen);
}

}  // namespace
}  // namespace vr::resilience
