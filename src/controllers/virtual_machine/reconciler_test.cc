#include "controllers/virtual_machine/reconciler.h"

#include "controllers/virtual_machine/reconciler_fixture.h"

namespace vr::controllers {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(VirtualMachineReconcilerTest, MakesAVmAndReportsIt) {
  Prepare();
  world_.CreateVm();
  ASSERT_TRUE(Settle().ok());
  const auto vm = world_.Vm();
  EXPECT_EQ(vm->status.phase, "Running");
  EXPECT_EQ(vm->status.power_state, "On");
  EXPECT_EQ(Ready(), "True VMReady");
  EXPECT_EQ(ConditionText(*vm, api::kProvisioning), "False Created");
  EXPECT_EQ(ConditionText(*vm, api::kInSync), "True InSync");
  EXPECT_FALSE(vm->status.ips.empty());
  EXPECT_FALSE(vm->status.console_url.empty());
  EXPECT_TRUE(vm->status.last_task_ref.empty());
  EXPECT_EQ(vm->status.observed_generation, vm->meta.generation);
  EXPECT_TRUE(vm->meta.HasFinalizer(api::kVmFinalizer));
  EXPECT_EQ(world_.hypervisor.CountVms(vm->meta.uid), 1);
  EXPECT_THAT(world_.events.Reasons(), Contains("default/web Created"));
}

TEST_F(VirtualMachineReconcilerTest, AsksAndWritesNothingAtRest) {
  Prepare();
  world_.CreateVm();
  ASSERT_TRUE(Settle().ok());
  const int writes = world_.api.Requests("PATCH", "");
  const size_t asked = world_.hypervisor.client().Calls("Describe");
  ASSERT_TRUE(Reconcile().ok());
  EXPECT_EQ(world_.api.Requests("PATCH", ""), writes);
  EXPECT_EQ(world_.hypervisor.client().Calls("Describe"), asked);
}

TEST_F(VirtualMachineReconcilerTest, WaitsForDependenciesAndNamesThem) {
  world_.CreateProvider();
  world_.Connect();
  world_.CreateVm();
  ASSERT_TRUE(Settle().ok());
  EXPECT_EQ(world_.Vm()->status.phase, "Pending");
  EXPECT_EQ(Ready(), "False WaitingForDependencies");
  EXPECT_THAT(world_.Vm()->status.message, HasSubstr("VMClass default/small not found"));
  EXPECT_THAT(world_.Vm()->status.message, HasSubstr("VMImage default/tiny not found"));
  world_.CreateClass();
  world_.CreateImage();
  ASSERT_TRUE(Settle().ok());
  EXPECT_EQ(Ready(), "True VMReady");
}

TEST_F(VirtualMachineReconcilerTest, ShowsWhatIsWrongWithTheSpecInsteadOfAskingTheProvider) {
  Prepare();
  world_.CreateVm();
  world_.Refresh();
  world_.SmuggleIn(world_.stores.vms, World::kVm, {{"spec", {{"vmClassRef", "large"}}}});
  ASSERT_TRUE(ReconcileAsCached().ok());
  const auto vm = world_.Vm();
  EXPECT_EQ(Ready(), "False ValidationError");
  EXPECT_EQ(vm->status.phase, "Pending");
  EXPECT_THAT(vm->status.message, HasSubstr("spec.vmClassRef: Invalid value: \"large\""));
  EXPECT_FALSE(vm->meta.HasFinalizer(api::kVmFinalizer));
  EXPECT_EQ(OnHypervisor(), 0);
  EXPECT_THAT(world_.events.Reasons(), Contains("default/web ValidationError"));
  ASSERT_TRUE(Settle().ok());
  EXPECT_EQ(Ready(), "True VMReady") << "as soon as the spec is mended";
}

TEST_F(VirtualMachineReconcilerTest, LeavesARunningVmAloneWhileItsSpecIsInvalid) {
  Prepare();
  world_.CreateVm();
  ASSERT_TRUE(Settle().ok());
  world_.SmuggleIn(world_.stores.vms, World::kVm,
                   {{"spec", {{"powerState", "Off"}, {"disks", {{{"name", "d"}}}}}}});
  const int writes = world_.api.Requests("PATCH", "");
  ASSERT_TRUE(ReconcileAsCached().ok());
  EXPECT_EQ(Ready(), "False ValidationError");
  EXPECT_EQ(world_.Vm()->status.phase, "Running");
  EXPECT_EQ(world_.hypervisor.VmOf(Uid())->power, rpc::PowerState::kOn);
  EXPECT_EQ(world_.api.Requests("PATCH", ""), writes + 1);
}

TEST_F(VirtualMachineReconcilerTest, WaitsForASecretAndUsesIt) {
  Prepare();
  world_.CreateVm({{"userData", {{"cloudInit", {{"secretRef", {{"name", "seed"}}}}}}}});
  ASSERT_TRUE(Settle().ok());
  EXPECT_EQ(Ready(), "False WaitingForDependencies");
  EXPECT_THAT(world_.Vm()->status.message, HasSubstr("Secret default/seed"));
  world_.Create({{"apiVersion", "v1"},
                 {"kind", "Secret"},
                 {"metadata", {{"name", "seed"}, {"namespace", "default"}}},
                 {"stringData", {{"userdata", "#cloud-config\n"}}}});
  ASSERT_TRUE(Settle().ok());
  EXPECT_EQ(Ready(), "True VMReady");
}

// The manager is killed at each of its writes in turn: after the write, its answer lost.
TEST_F(VirtualMachineReconcilerTest, MakesOneVmWhereverItIsInterrupted) {
  Prepare();
  for (int step = 0; step < 8; ++step) {
    SCOPED_TRACE("the answer to write " + std::to_string(step) + " is lost");
    world_.CreateVm();
    for (int i = 0; i <= step; ++i) {
      if (i == step)
        world_.api.Inject({.method = "PATCH",
                           .path_contains = "virtualmachines",
                           .kind = testing::FaultKind::kLostReply});
      [[maybe_unused]] const auto passed = Reconcile();
      ASSERT_TRUE(world_.hypervisor.WaitForTasks());
    }
    ASSERT_TRUE(Settle().ok());
    world_.api.ClearFaults();
    EXPECT_EQ(world_.hypervisor.CountVms(Uid()), 1);
    EXPECT_EQ(Ready(), "True VMReady");
    ASSERT_TRUE(world_.api.Delete(TypeOf<api::VirtualMachine>(), World::kVm).ok());
    ASSERT_TRUE(Settle().ok());
    EXPECT_EQ(OnHypervisor(), 0);
  }
}

TEST_F(VirtualMachineReconcilerTest, MakesOneVmWhenTheWriteAfterCreateIsRefused) {
  Prepare();
  world_.CreateVm();
  ASSERT_TRUE(Reconcile().ok());  // the finalizer
  world_.api.Inject({.method = "PATCH", .path_contains = "/status", .status = 503});
  EXPECT_FALSE(Reconcile().ok()) << "made, but not written down";
  ASSERT_TRUE(Settle().ok());
  EXPECT_EQ(world_.hypervisor.CountVms(Uid()), 1);
  EXPECT_EQ(Ready(), "True VMReady");
}

TEST_F(VirtualMachineReconcilerTest, TriesAgainWhenACreationFailed) {
  Prepare();
  world_.hypervisor.FailNextTask(mock::Operation::kCreate,
                                 {ErrorKind::kRetryable, "the datastore is busy", {}});
  world_.CreateVm();
  bool told = false;
  for (int i = 0; i < 10 && Ready() != "True VMReady"; ++i) {
    [[maybe_unused]] const auto outcome = Reconcile();
    ASSERT_TRUE(world_.hypervisor.WaitForTasks());
    const auto vm = world_.Vm();
    if (ConditionText(*vm, api::kProvisioning) != "False CreateFailed") continue;
    told = true;
    EXPECT_THAT(vm->status.message, HasSubstr("the datastore is busy"));
    EXPECT_TRUE(vm->status.last_task_ref.empty());
  }
  EXPECT_TRUE(told);
  EXPECT_EQ(Ready(), "True VMReady");
  EXPECT_EQ(world_.hypervisor.CountVms(Uid()), 1);
}

TEST_F(VirtualMachineReconcilerTest, TriesWhatFailedAgainAfterAWhileOrOnceItsCauseChanged) {
  Attempts patient(SystemClock(), {.base = std::chrono::hours(1), .max = std::chrono::hours(1)});
  with_attempts_ = &patient;
  Prepare();
  world_.CreateVm();
  const auto fail = [&] {
    world_.hypervisor.FailNextTask(mock::Operation::kCreate,
                                   {ErrorKind::kRetryable, "the datastore is busy", {}});
  };
  fail();
  for (int i = 0; i < 10; ++i) {
    [[maybe_unused]] const auto outcome = Reconcile();
    ASSERT_TRUE(world_.hypervisor.WaitForTasks());
  }
  EXPECT_EQ(OnHypervisor(), 0) << "it waits";
  EXPECT_EQ(ConditionText(*world_.Vm(), api::kProvisioning), "False CreateFailed");
  EXPECT_GT(*Reconcile()->requeue_after, std::chrono::minutes(30));
  ASSERT_TRUE(
      world_.api.Patch(TypeOf<api::VmClass>(), {"default", "small"}, {{"spec", {{"cpu", 2}}}})
          .ok());
  ASSERT_TRUE(Settle().ok());
  EXPECT_EQ(Ready(), "True VMReady") << "its class is another one now";
}

TEST_F(VirtualMachineReconcilerTest, WaitsForANewSpecAfterAUserError) {
  Prepare();
  world_.hypervisor.FailNext(mock::Operation::kCreate,
                             {ErrorKind::kInvalidSpec, "no such disk type", {}});
  world_.CreateVm();
  const auto outcome = Settle();
  ASSERT_FALSE(outcome.ok());
  EXPECT_FALSE(outcome.error().retryable());
  EXPECT_EQ(world_.Vm()->status.phase, "Failed");
  EXPECT_EQ(Ready(), "False ValidationError");
  EXPECT_THAT(world_.events.Reasons(), Contains("default/web ValidationError"));
}

TEST_F(VirtualMachineReconcilerTest, WaitsWhileItsProviderHasEnoughToDo) {
  Prepare();
  world_.CreateVm();
  Json other = Object("VirtualMachine", "busy",
                      {{"providerRef", {{"name", "lab"}}},
                       {"classRef", {{"name", "small"}}},
                       {"imageRef", {{"name", "tiny"}}}});
  world_.Create(other);
  const kube::Key busy{"default", "busy"};
  ASSERT_TRUE(world_.api
                  .Patch(TypeOf<api::VirtualMachine>(), busy,
                         {{"status", {{"lastTaskRef", "task-1"}}}}, "status")
                  .ok());
  max_tasks_ = 1;
  ASSERT_TRUE(Reconcile().ok());
  ASSERT_TRUE(Reconcile().ok());
  EXPECT_EQ(Ready(), "False RateLimited");
  EXPECT_EQ(OnHypervisor(), 0);
  ASSERT_TRUE(world_.api
                  .Patch(TypeOf<api::VirtualMachine>(), busy,
                         {{"status", {{"lastTaskRef", nullptr}}}}, "status")
                  .ok());
  ASSERT_TRUE(Settle().ok());
  EXPECT_EQ(Ready(), "True VMReady");
}

TEST_F(VirtualMachineReconcilerTest, NeverTakesOverAVmOfTheSameName) {
  Prepare();
  world_.hypervisor.AddForeignVm("web");
  world_.CreateVm();
  ASSERT_TRUE(Settle().ok()) << "looked at again later: somebody may remove it";
  EXPECT_EQ(Ready(), "False Conflict");
  EXPECT_EQ(OnHypervisor(), 1);
}

TEST_F(VirtualMachineReconcilerTest, CorrectsPowerThatSomebodyChanged) {
  Prepare();
  world_.CreateVm();
  ASSERT_TRUE(Settle().ok());
  ASSERT_TRUE(world_.hypervisor.PowerBehindOurBack(world_.Vm()->status.id, sdk::PowerOp::kOff));
  ASSERT_TRUE(Settle().ok());
  EXPECT_EQ(world_.hypervisor.VmOf(Uid())->power, rpc::PowerState::kOn);
  EXPECT_EQ(Ready(), "True VMReady");
}

TEST_F(VirtualMachineReconcilerTest, ShutsDownGracefullyOnceAndIsThenReady) {
  Prepare();
  world_.CreateVm();
  ASSERT_TRUE(Settle().ok());
  world_.PatchVm({{"spec", {{"powerState", "OffGraceful"}}}});
  ASSERT_TRUE(Settle().ok());
  EXPECT_EQ(world_.hypervisor.VmOf(Uid())->power, rpc::PowerState::kOff);
  EXPECT_EQ(world_.Vm()->status.phase, "Stopped");
  EXPECT_EQ(Ready(), "True VMReady");
}

TEST_F(VirtualMachineReconcilerTest, FollowsItsClass) {
  Prepare();
  world_.CreateVm();
  ASSERT_TRUE(Settle().ok());
  ASSERT_TRUE(world_.api
                  .Patch(TypeOf<api::VmClass>(), {"default", "small"},
                         {{"spec", {{"cpu", 4}, {"memory", "2Gi"}}}})
                  .ok());
  ASSERT_TRUE(Settle().ok());
  EXPECT_EQ(world_.hypervisor.VmOf(Uid())->cpus, 4);
  EXPECT_EQ(world_.Vm()->status.current_resources.memory_mib, 2048);
  EXPECT_EQ(ConditionText(*world_.Vm(), api::kReconfiguring), "False Reconfigured");
  EXPECT_EQ(ConditionText(*world_.Vm(), api::kInSync), "True InSync");
}

TEST_F(VirtualMachineReconcilerTest, ShowsADifferenceThatTheProviderRefusesToMend) {
  Prepare();
  world_.CreateVm();
  ASSERT_TRUE(Settle().ok());
  world_.hypervisor.FailNext(mock::Operation::kReconfigure,
                             {ErrorKind::kNotSupported, "not here", {}}, 100);
  ASSERT_TRUE(world_.hypervisor.ResizeBehindOurBack(world_.Vm()->status.id, 3, 1024));
  ASSERT_TRUE(Settle().ok());
  EXPECT_EQ(ConditionText(*world_.Vm(), api::kInSync), "False Drifted");
  EXPECT_EQ(Ready(), "True VMReady") << "it runs";
}

TEST_F(VirtualMachineReconcilerTest, ReportsAVmThatVanishedAndMakesNoNewOne) {
  Prepare();
  world_.CreateVm();
  ASSERT_TRUE(Settle().ok());
  ASSERT_TRUE(world_.hypervisor.DeleteBehindOurBack(world_.Vm()->status.id));
  ASSERT_TRUE(Settle().ok());
  EXPECT_EQ(Ready(), "False ExternallyDeleted");
  EXPECT_EQ(world_.Vm()->status.phase, "Failed");
  EXPECT_EQ(OnHypervisor(), 0);
  world_.PatchVm({{"spec", {{"onMissing", "Recreate"}}}});
  ASSERT_TRUE(Settle().ok());
  EXPECT_EQ(world_.hypervisor.CountVms(Uid()), 1);
  EXPECT_EQ(Ready(), "True VMReady");
}

TEST_F(VirtualMachineReconcilerTest, LeavesAPausedObjectAlone) {
  Prepare();
  world_.CreateVm();
  ASSERT_TRUE(Settle().ok());
  world_.PatchVm({{"metadata", {{"annotations", {{api::kPausedAnnotation, "true"}}}}},
                  {"spec", {{"powerState", "Off"}}}});
  ASSERT_TRUE(Settle().ok());
  EXPECT_EQ(world_.hypervisor.VmOf(Uid())->power, rpc::PowerState::kOn);
}

TEST_F(VirtualMachineReconcilerTest, SaysUnknownWhileTheProviderCannotBeAsked) {
  Prepare();
  world_.CreateVm();
  ASSERT_TRUE(Settle().ok());
  world_.hypervisor.SetHealthy(false, "libvirtd is gone");
  const auto session = world_.pool.Find({"default", "lab"});
  ASSERT_TRUE(Eventually([&] { return !session->health().healthy; }));
  ASSERT_TRUE(Settle().ok());
  EXPECT_EQ(Ready(), "Unknown ProviderUnavailable");
  EXPECT_EQ(world_.Vm()->status.phase, "Running") << "nobody says that it stopped";
}

class VirtualMachineDeletion : public VirtualMachineReconcilerTest {
 protected:
  void PrepareVm(const Json& more = Json::object()) {
    Prepare();
    world_.CreateVm(more);
    ASSERT_TRUE(Settle().ok());
  }
  void DeleteObject() {
    ASSERT_TRUE(world_.api.Delete(TypeOf<api::VirtualMachine>(), World::kVm).ok());
  }
};

TEST_F(VirtualMachineDeletion, TakesTheVmFirstAndTheObjectAfterIt) {
  PrepareVm();
  DeleteObject();
  world_.hypervisor.HoldTasks();
  ASSERT_TRUE(Reconcile().ok());
  ASSERT_NE(world_.Vm(), nullptr);
  EXPECT_EQ(world_.Vm()->status.phase, "Deleting");
  ASSERT_TRUE(world_.hypervisor.FinishTasks());
  ASSERT_TRUE(Settle().ok());
  EXPECT_EQ(world_.Vm(), nullptr);
  EXPECT_EQ(OnHypervisor(), 0);
  EXPECT_THAT(world_.events.Reasons(), Contains("default/web Deleted"));
}

TEST_F(VirtualMachineDeletion, KeepsTheObjectWhileTheProviderRefuses) {
  PrepareVm();
  DeleteObject();
  world_.hypervisor.FailNext(mock::Operation::kDelete, {ErrorKind::kInternal, "disk in use", {}});
  EXPECT_FALSE(Reconcile().ok());
  ASSERT_NE(world_.Vm(), nullptr);
  EXPECT_EQ(Ready(), "False DeleteFailed");
  EXPECT_THAT(world_.Vm()->status.message, HasSubstr("disk in use"));
  ASSERT_TRUE(Settle().ok());
  EXPECT_EQ(world_.Vm(), nullptr);
  EXPECT_EQ(OnHypervisor(), 0);
}

TEST_F(VirtualMachineDeletion, OfOneThatIsBeingMadeLeavesNothingBehind) {
  Prepare();
  world_.CreateVm();
  world_.hypervisor.HoldTasks();
  ASSERT_TRUE(Reconcile().ok());
  ASSERT_TRUE(Reconcile().ok());
  ASSERT_EQ(world_.Vm()->status.phase, "Provisioning");
  DeleteObject();
  ASSERT_TRUE(Reconcile().ok());
  ASSERT_TRUE(world_.hypervisor.FinishTasks());
  ASSERT_TRUE(Settle().ok());
  EXPECT_EQ(world_.Vm(), nullptr);
  EXPECT_EQ(OnHypervisor(), 0);
}

TEST_F(VirtualMachineDeletion, RetainsTheVmWhenToldTo) {
  PrepareVm({{"deletionPolicy", "Retain"}});
  DeleteObject();
  ASSERT_TRUE(Settle().ok());
  EXPECT_EQ(world_.Vm(), nullptr);
  EXPECT_EQ(OnHypervisor(), 1);
  EXPECT_THAT(world_.events.Reasons(), Contains("default/web Retained"));
}

TEST_F(VirtualMachineDeletion, WaitsForAProviderThatIsMissingUnlessForced) {
  PrepareVm();
  ASSERT_TRUE(world_.api.Delete(TypeOf<api::Provider>(), {"default", "lab"}).ok());
  DeleteObject();
  ASSERT_TRUE(Settle().ok());
  ASSERT_NE(world_.Vm(), nullptr);
  EXPECT_THAT(world_.Vm()->status.message, HasSubstr("Provider default/lab not found"));
  EXPECT_THAT(world_.Vm()->status.message, HasSubstr(api::kForceDeleteAnnotation));
  world_.PatchVm({{"metadata", {{"annotations", {{api::kForceDeleteAnnotation, "true"}}}}}});
  ASSERT_TRUE(Settle().ok());
  EXPECT_EQ(world_.Vm(), nullptr);
  EXPECT_EQ(OnHypervisor(), 1) << "let go, not deleted";
}

TEST_F(VirtualMachineDeletion, OfOneThatWasNeverMadeNeedsNoProvider) {
  world_.CreateVm();
  ASSERT_TRUE(Settle().ok());
  DeleteObject();
  EXPECT_EQ(world_.Vm(), nullptr);
}

TEST_F(VirtualMachineDeletion, OfOneThatVanishedIsNoProblem) {
  PrepareVm();
  ASSERT_TRUE(world_.hypervisor.DeleteBehindOurBack(world_.Vm()->status.id));
  DeleteObject();
  ASSERT_TRUE(Settle().ok());
  EXPECT_EQ(world_.Vm(), nullptr);
}

}  // namespace
}  // namespace vr::controllers
