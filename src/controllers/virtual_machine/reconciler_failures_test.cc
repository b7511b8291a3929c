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

}  // namespace
}  // namespace vr::controllers
