// What a VirtualMachine refers to, and is not there or not valid.
#include "controllers/virtual_machine/dependencies.h"

#include <gmock/gmock.h>

#include "controllers/virtual_machine/reconciler_fixture.h"

namespace vr::controllers {
namespace {

using ::testing::HasSubstr;

class VirtualMachineDependencies : public VirtualMachineReconcilerTest {};

TEST_F(VirtualMachineDependencies, SaysWhichDependencyIsNotValid) {
  Prepare();
  world_.CreateVm();
  world_.Refresh();
  world_.SmuggleIn(world_.stores.classes, {"default", "small"}, {{"spec", {{"memory", "2"}}}});
  ASSERT_TRUE(ReconcileAsCached().ok());
  EXPECT_EQ(Ready(), "False WaitingForDependencies");
  EXPECT_THAT(world_.Vm()->status.message,
              HasSubstr("VMClass default/small is not valid (spec.classRef): spec.memory"));
}

TEST_F(VirtualMachineDependencies, WaitsForANetworkThatItsClassNames) {
  world_.CreateProvider();
  world_.Create(Object("VMClass", "small",
                       {{"cpu", 1},
                        {"memory", "1Gi"},
                        {"networks", {{{"name", "n"}, {"networkRef", {{"name", "front"}}}}}}}));
  world_.CreateImage();
  world_.Connect();
  world_.CreateVm();
  ASSERT_TRUE(Settle().ok());
  EXPECT_THAT(world_.Vm()->status.message,
              HasSubstr("VMNetworkAttachment default/front not found (VMClass small: "
                        "spec.networks[0].networkRef)"));
  while (world_.vm_queue.depth() > 0) world_.vm_queue.Done(*world_.vm_queue.Pop({}));
  world_.Create(Object("VMNetworkAttachment", "front",
                       {{"network", {{"libvirt", {{"networkName", "front"}}}}}}));
  world_.Refresh();
  EXPECT_EQ(world_.vm_queue.depth(), 1) << "it looks again at once";
  ASSERT_TRUE(Settle().ok());
  EXPECT_EQ(Ready(), "True VMReady");
}

TEST_F(VirtualMachineDependencies, WaitsForTheImageBeforeItMakesAVanishedVmAgain) {
  Prepare();
  world_.CreateVm();
  world_.PatchVm({{"spec", {{"onMissing", "Recreate"}}}});
  ASSERT_TRUE(Settle().ok());
  ASSERT_TRUE(world_.api.Delete(TypeOf<api::VmImage>(), {"default", "tiny"}).ok());
  ASSERT_TRUE(Settle().ok());
  EXPECT_EQ(Ready(), "True VMReady") << "it has its disk";
  ASSERT_TRUE(world_.hypervisor.DeleteBehindOurBack(world_.Vm()->status.id));
  ASSERT_TRUE(Settle().ok());
  EXPECT_EQ(Ready(), "Unknown WaitingForDependencies");
  EXPECT_THAT(world_.Vm()->status.message, HasSubstr("VMImage default/tiny not found"));
  EXPECT_EQ(OnHypervisor(), 0);
}

TEST_F(VirtualMachineDependencies, SwitchesAVmWhoseClassIsGone) {
  Prepare();
  world_.CreateVm();
  ASSERT_TRUE(Settle().ok());
  ASSERT_TRUE(world_.api.Delete(TypeOf<api::VmClass>(), {"default", "small"}).ok());
  world_.PatchVm({{"spec", {{"powerState", "Off"}}}});
  ASSERT_TRUE(Settle().ok());
  EXPECT_EQ(world_.hypervisor.VmOf(Uid())->power, rpc::PowerState::kOff);
  EXPECT_EQ(world_.Vm()->status.phase, "Stopped");
  EXPECT_EQ(Ready(), "Unknown WaitingForDependencies");
  EXPECT_THAT(world_.Vm()->status.message, HasSubstr("VMClass default/small not found"));
}

}  // namespace
}  // namespace vr::controllers
