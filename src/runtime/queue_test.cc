#include "runtime/queue.h"

#include <gtest/gtest.h>

#include "testing/fake_clock.h"

namespace vr::runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class WorkQueueTest : public ::testing::Test {
 protected:
  kube::Key Pop() { return *queue_.Pop({}); }

  testing::FakeClock clock_;
  WorkQueue queue_{clock_};
  const kube::Key a_{"d", "a"};
  const kube::Key b_{"d", "b"};
};

TEST_F(WorkQueueTest, MergesRepeats) {
  queue_.Add(a_);
  queue_.Add(a_);
  EXPECT_EQ(Pop(), a_);
  queue_.Done(a_);
  EXPECT_EQ(queue_.depth(), 0U);
}

TEST_F(WorkQueueTest, AKeyIsOnOneWorkerAtATimeAndComesBackAfterDone) {
  queue_.Add(a_);
  EXPECT_EQ(Pop(), a_);
  queue_.Add(a_);
  queue_.Add(b_);
  EXPECT_EQ(Pop(), b_);
  queue_.Done(a_);
  EXPECT_EQ(Pop(), a_);
}

TEST_F(WorkQueueTest, FreshChangesOvertakeTheInitialList) {
  queue_.Add(a_, Priority::kLow);
  queue_.Add(b_, Priority::kHigh);
  EXPECT_EQ(Pop(), b_);
  EXPECT_EQ(Pop(), a_);
}

TEST_F(WorkQueueTest, ARaisedKeyIsHandedOutOnce) {
  queue_.Add(a_, Priority::kLow);
  queue_.Add(a_, Priority::kHigh);
  EXPECT_EQ(Pop(), a_);
  queue_.Done(a_);
  queue_.Add(b_, Priority::kLow);
  EXPECT_EQ(Pop(), b_);
}

TEST_F(WorkQueueTest, DelaysKeepTheEarlierDueTime) {
  queue_.AddAfter(a_, seconds(10));
  queue_.AddAfter(a_, seconds(1));
  queue_.AddAfter(a_, seconds(20));
  clock_.Advance(seconds(1));
  EXPECT_EQ(Pop(), a_);
}

TEST_F(WorkQueueTest, FailuresDoubleTheDelayUntilForgotten) {
  for (const int delay : {5, 10, 20}) {
    queue_.AddRateLimited(a_);
    clock_.Advance(milliseconds(delay));
    EXPECT_EQ(Pop(), a_);
    queue_.Done(a_);
  }
  queue_.Forget(a_);
  queue_.AddRateLimited(a_);
  clock_.Advance(milliseconds(5));
  EXPECT_EQ(Pop(), a_);
}

TEST_F(WorkQueueTest, AStopEndsTheWait) {
  std::stop_source source;
  source.request_stop();
  EXPECT_EQ(queue_.Pop(source.get_token()), std::nullopt);
}

}  // namespace
}  // namespace vr::runtime
