#include "testing/fake_clock.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "base/context.h"
#include "base/timestamp.h"

namespace vr::testing {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

TEST(FakeClock, StandsStillUntilAdvanced) {
  FakeClock clock;
  const TimePoint start = clock.Now();
  EXPECT_EQ(clock.Now(), start);
  EXPECT_EQ(FormatTimestamp(clock.WallNow()), "2026-01-01T00:00:00Z");
  clock.Advance(seconds(90));
  EXPECT_EQ(clock.Now() - start, seconds(90));
  EXPECT_EQ(FormatTimestamp(clock.WallNow()), "2026-01-01T00:01:30Z");
}

TEST(FakeClock, WakesASleeperOnlyWhenItsTimeHasCome) {
  FakeClock clock;
  std::atomic<bool> slept = false;
  std::jthread sleeper([&] { slept = clock.Sleep({}, seconds(10)); });
  ASSERT_TRUE(clock.WaitForWaiters(1));
  clock.Advance(seconds(9));
  EXPECT_EQ(clock.Waiters(), 1U);
  clock.Advance(seconds(1));
  sleeper.join();
  EXPECT_TRUE(slept);
  EXPECT_EQ(clock.Waiters(), 0U);
}

TEST(FakeClock, AStopEndsAWait) {
  FakeClock clock;
  std::stop_source source;
  Status status;
  std::jthread sleeper(
      [&] { status = Context(source.get_token(), clock).WithTimeout(hours(1)).Sleep(hours(2)); });
  ASSERT_TRUE(clock.WaitForWaiters(1));
  source.request_stop();
  sleeper.join();
  EXPECT_EQ(status.error().kind, ErrorKind::kCancelled);
}

TEST(FakeClock, ANotifiedWaiterSeesItsConditionWithoutTimePassing) {
  FakeClock clock;
  std::mutex mutex;
  std::condition_variable_any cv;
  bool flag = false;
  std::atomic<bool> seen = false;
  std::jthread waiter([&] {
    std::unique_lock lock(mutex);
    seen = clock.WaitUntil(lock, cv, {}, TimePoint::max(), [&] { return flag; });
  });
  ASSERT_TRUE(clock.WaitForWaiters(1));
  {
    const std::lock_guard lock(mutex);
    flag = true;
  }
  cv.notify_all();
  waiter.join();
  EXPECT_TRUE(seen);
}

TEST(FakeClock, StepsFromDeadlineToDeadline) {
  FakeClock clock;
  const TimePoint start = clock.Now();
  EXPECT_FALSE(clock.AdvanceToNextDeadline());
  std::vector<std::jthread> sleepers;
  for (const int s : {5, 2, 9}) {
    sleepers.emplace_back([&clock, s] { clock.Sleep({}, seconds(s)); });
  }
  ASSERT_TRUE(clock.WaitForWaiters(3));
  for (const int s : {2, 5, 9}) {
    EXPECT_TRUE(clock.AdvanceToNextDeadline());
    EXPECT_EQ(clock.Now() - start, seconds(s));
  }
}

TEST(FakeClock, SurvivesManyShortWaitsFromManyThreads) {
  FakeClock clock;
  std::atomic<int> done = 0;
  std::vector<std::jthread> sleepers;
  for (int i = 0; i < 4; ++i) {
    sleepers.emplace_back([&] {
      for (int n = 0; n < 200; ++n) clock.Sleep({}, seconds(1));
      ++done;
    });
  }
  while (done < 4) {
    if (!clock.AdvanceToNextDeadline()) std::this_thread::yield();
  }
  EXPECT_GE(clock.Now() - FakeClock().Now(), seconds(200));
}

}  // namespace
}  // namespace vr::testing
