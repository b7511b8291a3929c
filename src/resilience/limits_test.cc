#include <gtest/gtest.h>

#include <optional>

#include "resilience/bulkhead.h"
#include "resilience/token_bucket.h"
#include "testing/fake_clock.h"

namespace vr::resilience {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(TokenBucket, AllowsABurstThenTheRate) {
  testing::FakeClock clock;
  TokenBucket bucket(10, 2, clock);
  EXPECT_TRUE(bucket.TryTake().ok());
  EXPECT_TRUE(bucket.TryTake().ok());
  const Status refused = bucket.TryTake();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::kRateLimit);
  EXPECT_EQ(refused.error().retry_after, milliseconds(100));
  clock.Advance(milliseconds(100));
  EXPECT_TRUE(bucket.TryTake().ok());
}

TEST(TokenBucket, NeverHoldsMoreThanTheBurst) {
  testing::FakeClock clock;
  TokenBucket bucket(100, 1, clock);
  clock.Advance(seconds(60));
  EXPECT_TRUE(bucket.TryTake().ok());
  EXPECT_FALSE(bucket.TryTake().ok());
}

TEST(TokenBucket, RefusesAWaitThatTheContextCannotHold) {
  testing::FakeClock clock;
  TokenBucket bucket(1, 1, clock);
  const Context ctx = Context(std::stop_token(), clock).WithTimeout(milliseconds(10));
  EXPECT_TRUE(bucket.Take(ctx).ok());
  EXPECT_EQ(bucket.Take(ctx).error().kind, ErrorKind::kRateLimit);
}

TEST(Bulkhead, RefusesInsteadOfWaitingAndFreesSlotsWithTheirOwner) {
  Bulkhead bulkhead("default/lab", 1);
  {
    const auto slot = bulkhead.Enter();
    ASSERT_TRUE(slot.ok());
    EXPECT_EQ(bulkhead.Enter().error().kind, ErrorKind::kRateLimit);
  }
  EXPECT_EQ(bulkhead.in_use(), 0);
  EXPECT_TRUE(bulkhead.Enter().ok());
}

}  // namespace
}  // namespace vr::resilience
