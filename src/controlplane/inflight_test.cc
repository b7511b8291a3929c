#include "controlplane/inflight.h"

#include <gtest/gtest.h>

#include <vector>

namespace vr::controlplane {
namespace {

TEST(InflightLimiter, GivesAPlaceBackWhenTheRequestEnds) {
  InflightLimiter limiter({.reads = 1, .writes = 1, .share = 100});
  {
    const auto slot = limiter.Enter(RequestClass::kRead, "a");
    ASSERT_TRUE(slot);
    EXPECT_FALSE(limiter.Enter(RequestClass::kRead, "b"));
    EXPECT_TRUE(limiter.Enter(RequestClass::kWrite, "b")) << "classes do not hinder each other";
  }
  EXPECT_TRUE(limiter.Enter(RequestClass::kRead, "b"));
}

TEST(InflightLimiter, LeavesRoomForOthersWhereOneUserRunsWild) {
  InflightLimiter limiter({.reads = 10, .share = 60});
  std::vector<InflightLimiter::Slot> wild;
  while (auto slot = limiter.Enter(RequestClass::kRead, "wild")) wild.push_back(std::move(*slot));
  EXPECT_EQ(wild.size(), 6);
  EXPECT_TRUE(limiter.Enter(RequestClass::kRead, "other"));
  wild.pop_back();
  EXPECT_TRUE(limiter.Enter(RequestClass::kRead, "wild"));
}

TEST(InflightLimiter, LetsEverybodyInWhereTheLimitIsSmall) {
  InflightLimiter limiter({.writes = 1, .share = 60});
  EXPECT_TRUE(limiter.Enter(RequestClass::kWrite, "a"));
}

}  // namespace
}  // namespace vr::controlplane
