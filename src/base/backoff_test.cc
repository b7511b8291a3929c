#include "base/backoff.h"

#include <gtest/gtest.h>

namespace vr {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Backoff, DoublesUpToTheMaximum) {
  const BackoffPolicy policy{
      .base = milliseconds(800), .max = seconds(30), .multiplier = 2.0, .jitter = 0.2};
  EXPECT_EQ(BackoffDelay(policy, 1), milliseconds(800));
  EXPECT_EQ(BackoffDelay(policy, 3), milliseconds(3200));
  EXPECT_EQ(BackoffDelay(policy, 50), seconds(30));
  EXPECT_EQ(BackoffDelay(policy, 0), milliseconds(800));
}

TEST(Backoff, JitterStaysInsideItsShare) {
  const BackoffPolicy policy{
      .base = seconds(10), .max = seconds(10), .multiplier = 2.0, .jitter = 0.2};
  EXPECT_EQ(BackoffDelay(policy, 1, [] { return 0.0; }), seconds(8));
  EXPECT_EQ(BackoffDelay(policy, 1, [] { return 0.5; }), seconds(10));
  EXPECT_LT(BackoffDelay(policy, 1, [] { return 0.999; }), seconds(12));
}

TEST(Backoff, ASeedRepeatsTheSequence) {
  const RandomUnit a = MakeRandomUnit(1);
  const RandomUnit b = MakeRandomUnit(1);
  for (int i = 0; i < 10; ++i) {
    const double value = a();
    EXPECT_EQ(value, b());
    EXPECT_GE(value, 0.0);
    EXPECT_LT(value, 1.0);
  }
}

}  // namespace
}  // namespace vr
