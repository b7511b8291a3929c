#include "runtime/controller.h"

#include <gtest/gtest.h>

#include <atomic>

#include "testing/eventually.h"
#include "testing/fake_clock.h"

namespace vr::runtime {
namespace {

using vr::testing::Eventually;

// The first pass ends as one does whose call somebody else cancelled.
class CancelledOnce final : public Reconciler {
 public:
  Result<Outcome> Reconcile(const Context&, const kube::Key&) override {
    if (++passes == 1) return Error{ErrorKind::kCancelled, "the task was cancelled", {}};
    return Done();
  }
  std::atomic<int> passes = 0;
};

TEST(Controller, KeepsAKeyWhosePassWasCancelledByAnother) {
  CancelledOnce reconciler;
  obs::Registry metrics;
  Controller controller({.name = "Note", .workers = 1},
                        {.reconciler = reconciler, .metrics = metrics, .clock = SystemClock()});
  controller.Start();
  controller.queue().Add({"default", "a"});
  EXPECT_TRUE(Eventually([&] { return reconciler.passes == 2; }));
}

// Every pass but that of "healthy" hangs until its context ends.
class Hanging final : public Reconciler {
 public:
  Result<Outcome> Reconcile(const Context& ctx, const kube::Key& key) override {
    if (key.name == "healthy") {
      healthy = true;
      return Done();
    }
    ++hanging;
    const Status ended = ctx.Sleep(std::chrono::hours(1));
    --hanging;
    return ended.error();
  }
  std::atomic<int> hanging = 0;
  std::atomic<bool> healthy = false;
};

TEST(Controller, SparesStandInForWorkersThatHang) {
  Hanging reconciler;
  obs::Registry metrics;
  testing::FakeClock clock;
  Controller controller({.name = "Note", .workers = 2, .spares = 4},
                        {.reconciler = reconciler, .metrics = metrics, .clock = clock});
  controller.Start();
  for (const char* name : {"a", "b", "c"}) controller.queue().Add({"default", name});
  ASSERT_TRUE(Eventually([&] { return reconciler.hanging == 2; }));
  controller.queue().Add({"default", "healthy"});
  clock.Advance(std::chrono::milliseconds(1900));
  EXPECT_EQ(reconciler.hanging, 2) << "as many as there are workers, for a while";
  EXPECT_FALSE(reconciler.healthy);
  EXPECT_TRUE(Eventually([&] {
    clock.Advance(std::chrono::milliseconds(1));
    return reconciler.healthy.load();
  }));
  EXPECT_EQ(reconciler.hanging, 3);
}

}  // namespace
}  // namespace vr::runtime
