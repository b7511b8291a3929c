#include "controllers/virtual_machine/attempts.h"

#include <gtest/gtest.h>

#include "testing/fake_clock.h"

namespace vr::controllers {
namespace {

constexpr BackoffPolicy kPolicy{
    .base = std::chrono::seconds(1), .max = std::chrono::seconds(4), .jitter = 0};

TEST(Attempts, WaitLongerAfterEachFailureUpToALimit) {
  vr::testing::FakeClock clock;
  Attempts attempts(clock, kPolicy);
  EXPECT_EQ(attempts.Wait("u", "1"), Duration::zero());
  for (const int seconds : {1, 2, 4, 4}) {
    attempts.Failed("u", "1");
    EXPECT_EQ(attempts.Wait("u", "1"), std::chrono::seconds(seconds));
    clock.Advance(std::chrono::seconds(seconds));
    EXPECT_EQ(attempts.Wait("u", "1"), Duration::zero());
  }
}

TEST(Attempts, BeginAnewForAnotherObjectAnotherWishAndAfterASuccess) {
  vr::testing::FakeClock clock;
  Attempts attempts(clock, kPolicy);
  attempts.Failed("u", "1");
  attempts.Failed("u", "1");
  EXPECT_EQ(attempts.Wait("v", "1"), Duration::zero());
  EXPECT_EQ(attempts.Wait("u", "2"), Duration::zero());
  attempts.Failed("u", "2");
  EXPECT_EQ(attempts.Wait("u", "2"), std::chrono::seconds(1));
  attempts.Forget("u");
  EXPECT_EQ(attempts.Wait("u", "2"), Duration::zero());
}

}  // namespace
}  // namespace vr::controllers
