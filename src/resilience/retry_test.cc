#include "resilience/retry.h"

#include <gtest/gtest.h>

#include <thread>

#include "testing/fake_clock.h"

namespace vr::resilience {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const RetryPolicy kQuick{.max_attempts = 3,
                         .base_delay = Duration(1),
                         .max_delay = Duration(1),
                         .multiplier = 1,
                         .jitter = false};

TEST(Retry, DelaysFollowTheDocumentedTable) {
  const RetryPolicy policy{.jitter = false};
  EXPECT_EQ(RetryDelay(policy, 0, {}), milliseconds(500));
  EXPECT_EQ(RetryDelay(policy, 4, {}), seconds(8));
  EXPECT_EQ(RetryDelay(policy, 20, {}), seconds(30));
  EXPECT_EQ(RetryDelay(RetryPolicy{}, 1, [] { return 0.5; }), milliseconds(1050));
}

TEST(Retry, RepeatsUntilSuccess) {
  const Result<int> result = Retry(Context(), kQuick, {}, [](int attempt) -> Result<int> {
    if (attempt < 2) return Error{ErrorKind::kUnavailable, "down", {}};
    return attempt;
  });
  EXPECT_EQ(result.value(), 2);
}

TEST(Retry, GivesUpAfterTheLastAttemptAndSaysSo) {
  int calls = 0;
  const Status result = Retry(Context(), kQuick, {}, [&](int) -> Status {
    ++calls;
    return Error{ErrorKind::kUnavailable, "down", {}};
  });
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(result.error().message, "down (tried 3 times)");
}

TEST(Retry, DoesNotRepeatWhatOnlyANewRequestCures) {
  int calls = 0;
  const Status result = Retry(Context(), kQuick, {}, [&](int) -> Status {
    ++calls;
    return Error{ErrorKind::kInvalidSpec, "no such class", {}};
  });
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(result.error().message, "no such class");
}

TEST(Retry, DoesNotStartAWaitThatCannotEndInTime) {
  testing::FakeClock clock;
  const Context ctx = Context(std::stop_token(), clock).WithTimeout(seconds(1));
  int calls = 0;
  const Status result = Retry(ctx, RetryPolicy{}, {}, [&](int) -> Status {
    ++calls;
    return Error{ErrorKind::kRateLimit, "later", seconds(5)};
  });
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(result.error().kind, ErrorKind::kRateLimit);
}

}  // namespace
}  // namespace vr::resilience
