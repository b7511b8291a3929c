#include "kube/watch_pace.h"

#include <gtest/gtest.h>

namespace vr::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

const Status kLost = Error{ErrorKind::kUnavailable, "connection lost", {}};

TEST(WatchPace, GoesOnAtOnceAfterASoundWatch) {
  WatchPace pace{RandomUnit()};
  EXPECT_EQ(pace.After(Status(), minutes(5)), Duration::zero());
}

TEST(WatchPace, PausesLongerAndLongerWhileWatchesFailOrEndAtOnce) {
  WatchPace pace{RandomUnit()};
  EXPECT_EQ(pace.After(kLost, milliseconds(5)), milliseconds(800));
  EXPECT_EQ(pace.After(Status(), milliseconds(5)), milliseconds(1600)) << "a 200 without a word";
  EXPECT_EQ(pace.After(kLost, milliseconds(5)), milliseconds(3200));
  for (int i = 0; i < 20; ++i) (void)pace.After(kLost, milliseconds(5));
  EXPECT_EQ(pace.After(kLost, milliseconds(5)), std::chrono::seconds(30));
}

TEST(WatchPace, ForgetsEarlierFailuresAfterASoundWatchThatBroke) {
  WatchPace pace{RandomUnit()};
  for (int i = 0; i < 5; ++i) (void)pace.After(kLost, milliseconds(5));
  EXPECT_EQ(pace.After(kLost, minutes(20)), milliseconds(800));
}

}  // namespace
}  // namespace vr::kube
