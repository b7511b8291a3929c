#include "base/context.h"

#include <gtest/gtest.h>

#include <thread>

namespace vr {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

TEST(Context, HasNoDeadlineByDefault) {
  const Context ctx;
  EXPECT_FALSE(ctx.has_deadline());
  EXPECT_EQ(ctx.Remaining(), Duration::max());
  EXPECT_TRUE(ctx.Check().ok());
}

TEST(Context, TheEarlierDeadlineWins) {
  const Context narrow = Context().WithTimeout(seconds(1));
  EXPECT_EQ(narrow.WithTimeout(hours(1)).deadline(), narrow.deadline());
  EXPECT_EQ(narrow.WithTimeout(Duration::max()).deadline(), narrow.deadline());
}

TEST(Context, APastDeadlineIsATimeoutThatNamesTheCall) {
  const Status status = Context().WithTimeout(-seconds(1)).Check("describe vm web");
  EXPECT_EQ(status, Status(Error{ErrorKind::kTimeout, "describe vm web ran out of time", {}}));
}

TEST(Context, AStopIsCancelledNotATimeout) {
  std::stop_source source;
  const Context ctx = Context(source.get_token()).WithTimeout(-seconds(1));
  source.request_stop();
  EXPECT_EQ(ctx.Check().error().kind, ErrorKind::kCancelled);
}

TEST(Context, AStopEndsASleepAtOnce) {
  std::stop_source source;
  source.request_stop();
  EXPECT_EQ(Context(source.get_token()).Sleep(hours(1)).error().kind, ErrorKind::kCancelled);
}

TEST(Context, SleepsForEverUntilItIsStopped) {
  std::stop_source source;
  Status ended;
  std::jthread sleeper([&] { ended = Context(source.get_token()).Sleep(Duration::max()); });
  std::jthread stopper([&] { source.request_stop(); });
  sleeper.join();
  EXPECT_EQ(ended.error().kind, ErrorKind::kCancelled);
}

TEST(Context, FieldsAccumulate) {
  const Context ctx = Context().WithField("object", "default/web").WithField("reconcileID", "1");
  EXPECT_EQ(ctx.fields(), (LogFields{{"object", "default/web"}, {"reconcileID", "1"}}));
}

TEST(Context, AFieldReplacesTheOneOfTheSameKeyInTheCopyAlone) {
  const Context outer = Context().WithField("spanID", "1").WithField("object", "web");
  const Context inner = outer.WithField("spanID", "2");
  EXPECT_EQ(inner.fields(), (LogFields{{"spanID", "2"}, {"object", "web"}}));
  EXPECT_EQ(outer.fields(), (LogFields{{"spanID", "1"}, {"object", "web"}}));
}

}  // namespace
}  // namespace vr
