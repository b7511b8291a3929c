// The VirtualMachine reconciler in a World, moved pass by pass. For its tests.
#pragma once

#include <string>

#include "controllers/controllers_fixture.h"
#include "controllers/virtual_machine/reconciler.h"

namespace vr::controllers {

class VirtualMachineReconcilerTest : public ::testing::Test {
 protected:
  // All that a VM needs, and a provider that is connected.
  void Prepare() {
    world_.CreateProvider();
    world_.CreateClass();
    world_.CreateImage();
    world_.Connect();
  }

  Result<runtime::Outcome> Reconcile() {
    world_.Refresh();
    world_.CatchUp();
    return ReconcileAsCached();
  }
  Result<runtime::Outcome> ReconcileAsCached() {
    // A new one each time: nothing may live in its memory.
    VirtualMachineReconciler reconciler(
        {.client = world_.api.client(),
         .vms = world_.stores.vms,
         .stores = {world_.stores.providers, world_.stores.classes, world_.stores.images,
                    world_.stores.networks},
         .pool = world_.pool,
         .events = world_.events,
         .metrics = world_.metrics,
         .clock = SystemClock(),
         .attempts = with_attempts_ != nullptr ? *with_attempts_ : attempts_,
         .wrote = [this](const kube::Key&, const std::string& version) { wrote_ = version; },
         .max_inflight_tasks = max_tasks_});
    return reconciler.Reconcile(Context().WithTimeout(std::chrono::seconds(20)), World::kVm);
  }

  // Until it has nothing left to do; the last outcome.
  Result<runtime::Outcome> Settle() {
    constexpr int kMany = 40;
    Result<runtime::Outcome> last = Reconcile();
    for (int i = 0; i < kMany; ++i) {
      EXPECT_TRUE(world_.hypervisor.WaitForTasks());
      if (!world_.Vm()) return last;
      const bool rests =
          last && (!last->requeue_after || *last->requeue_after >= std::chrono::seconds(30));
      const bool gave_up = !last && !last.error().retryable();
      if (rests || gave_up) return last;
      last = Reconcile();
    }
    ADD_FAILURE() << "it never comes to rest: " << (last ? "requeues" : last.error().message);
    return last;
  }

  // What failed is tried again at once, unless a test wants to see the waits.
  Attempts* with_attempts_ = nullptr;
  Attempts attempts_{SystemClock(), {.base = Duration::zero()}};

  std::string Uid() { return world_.Vm()->meta.uid; }
  int OnHypervisor() { return static_cast<int>(world_.hypervisor.Vms().size()); }
  std::string Ready() { return ConditionText(*world_.Vm(), api::kReady); }

  World world_;
  std::string wrote_;  // the version that the next pass waits for
  int max_tasks_ = 100;
};

}  // namespace vr::controllers
