// What a pass does when a write, a task or a call goes wrong.
#include "controllers/virtual_machine/reconciler_fixture.h"

namespace vr::controllers {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

using VirtualMachineFailures = VirtualMachineReconcilerTest;

std::string NextVersion(const std::string& version) {
  return std::to_string(runtime::VersionNumber(version) + 1);
}

TEST_F(VirtualMachineFailures, AStaleCacheOverwritesNoStatusAndLooksAgain) {
  Prepare();
  world_.CreateVm();
  ASSERT_TRUE(Settle().ok());
  ASSERT_TRUE(world_.hypervisor.PowerBehindOurBack(world_.Vm()->status.id, sdk::PowerOp::kOff));
  world_.Refresh();
  world_.CatchUp();
  const std::string read = world_.Vm()->meta.resource_version;
  const Json by_another = {{"status", {{"lastTaskRef", "of-another"}, {"conditions", nullptr}}}};
  ASSERT_TRUE(
      world_.api.Patch(TypeOf<api::VirtualMachine>(), World::kVm, by_another, "status").ok());
  const auto outcome = ReconcileAsCached();
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(outcome->requeue_after, Duration::zero());
  EXPECT_EQ(wrote_, NextVersion(read)) << "not before the cache has moved on";
  EXPECT_EQ(world_.Vm()->status.last_task_ref, "of-another");
  EXPECT_TRUE(world_.Vm()->status.conditions.empty());
}

TEST_F(VirtualMachineFailures, AFinalizerThatLostARaceIsNoFailure) {
  Prepare();
  world_.CreateVm();
  world_.Refresh();
  const std::string read = world_.Vm()->meta.resource_version;
  world_.PatchVm({{"metadata", {{"labels", {{"a", "b"}}}}}});
  const auto outcome = ReconcileAsCached();
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(outcome->requeue_after, Duration::zero());
  EXPECT_EQ(wrote_, NextVersion(read));
  ASSERT_TRUE(Settle().ok());
  EXPECT_EQ(Ready(), "True VMReady");
}

TEST_F(VirtualMachineFailures, ATaskThatWasCancelledIsReportedAndTriedAgain) {
  Prepare();
  world_.hypervisor.FailNextTask(mock::Operation::kCreate,
                                 {ErrorKind::kCancelled, "cancelled by an operator", {}});
  world_.CreateVm();
  Result<runtime::Outcome> ended = Reconcile();
  for (int i = 0; i < 10 && ended; ++i) {  // until a pass has heard of the end
    ASSERT_TRUE(world_.hypervisor.WaitForTasks());
    ended = Reconcile();
  }
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.error().kind, ErrorKind::kRetryable);
  EXPECT_EQ(world_.Vm()->status.last_task_ref, "");
  EXPECT_THAT(world_.Vm()->status.message, HasSubstr("cancelled by an operator"));
  ASSERT_TRUE(Settle().ok());
  EXPECT_EQ(Ready(), "True VMReady");
}

TEST_F(VirtualMachineFailures, AProviderWithoutRoomIsReportedAndBackedOff) {
  Prepare();
  world_.hypervisor.FailNext(mock::Operation::kCreate,
                             {ErrorKind::kQuotaExceeded, "too many requests", {}});
  world_.CreateVm();
  ASSERT_TRUE(Reconcile().ok());  // the finalizer
  const auto outcome = Reconcile();
  ASSERT_FALSE(outcome.ok()) << "the queue's back-off decides when to try again";
  EXPECT_TRUE(outcome.error().retryable());
  EXPECT_EQ(Ready(), "False QuotaExceeded");
  EXPECT_THAT(world_.Vm()->status.message, HasSubstr("too many requests"));
  EXPECT_THAT(world_.events.Reasons(), Contains("default/web QuotaExceeded"));
}

TEST_F(VirtualMachineFailures, ABoundOfOurOwnIsNeitherReportedNorAFailure) {
  Prepare();
  world_.CreateVm();
  ASSERT_TRUE(Reconcile().ok());  // the finalizer
  const int writes = world_.api.Requests("PATCH", "");
  world_.hypervisor.FailNext(mock::Operation::kCreate,
                             {ErrorKind::kRateLimit, "all slots are in use", {}});
  const auto outcome = Reconcile();
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_GT(outcome->requeue_after, Duration::zero());
  EXPECT_EQ(world_.api.Requests("PATCH", ""), writes);
}

TEST_F(VirtualMachineFailures, InSyncNamesWhatWasCompared) {
  Prepare();
  world_.CreateVm();
  ASSERT_TRUE(Settle().ok());
  const auto vm = world_.Vm();
  const kube::Condition* in_sync = kube::FindCondition(vm->status.conditions, api::kInSync);
  ASSERT_NE(in_sync, nullptr);
  EXPECT_EQ(in_sync->message, "as wanted: cpu, memory; nothing else is compared");
}

}  // namespace
}  // namespace vr::controllers
