#include "controllers/virtual_machine/plan.h"

#include <gtest/gtest.h>

#include "api/constants.h"

namespace vr::controllers {
namespace {

VmDesired Wanted() { return {.has_finalizer = true, .cpus = 2, .memory_mib = 2048}; }
VmObserved Running() {
  return {.presence = Presence::kPresent,
          .was_made = true,
          .power = rpc::PowerState::kOn,
          .cpus = 2,
          .memory_mib = 2048};
}
ActionKind KindOf(const VmDesired& desired, const VmObserved& observed) {
  return Plan(desired, observed).kind;
}

TEST(Plan, ProtectsBeforeItCreates) {
  VmDesired desired = Wanted();
  desired.has_finalizer = false;
  EXPECT_EQ(KindOf(desired, {}), ActionKind::kProtect);
  EXPECT_EQ(KindOf(Wanted(), {}), ActionKind::kCreate);
}

TEST(Plan, CompletesAHalfMadeVm) {
  EXPECT_EQ(KindOf(Wanted(), {.presence = Presence::kHalfMade}), ActionKind::kCreate);
}

TEST(Plan, DoesNothingWhenAllIsAsWanted) {
  EXPECT_EQ(KindOf(Wanted(), Running()), ActionKind::kNothing);
}

TEST(Plan, ReportsAVanishedVmAndMakesANewOneOnlyWhenToldTo) {
  const VmObserved vanished{.was_made = true};
  const Action action = Plan(Wanted(), vanished);
  EXPECT_EQ(action.kind, ActionKind::kReportMissing);
  EXPECT_EQ(action.reason, api::kReasonExternallyDeleted);
  VmDesired recreate = Wanted();
  recreate.recreate_missing = true;
  EXPECT_EQ(KindOf(recreate, vanished), ActionKind::kCreate);
}

TEST(Plan, WaitsForDependenciesAndNamesThem) {
  const Action action = Plan(Wanted(), {.missing_provider = {"Provider default/lab not found"},
                                        .missing_parts = {"VMClass default/small not found"}});
  EXPECT_EQ(action.kind, ActionKind::kWait);
  EXPECT_EQ(action.message, "Provider default/lab not found; VMClass default/small not found");
}

TEST(Plan, SwitchesAVmWhosePartsAreGoneButDoesNotMakeItAgain) {
  VmObserved observed = Running();
  observed.missing_parts = {"VMClass default/small not found"};
  EXPECT_EQ(KindOf(Wanted(), observed), ActionKind::kWait) << "and says what is missing";
  VmDesired off = Wanted();
  off.power = PowerTarget::kOff;
  EXPECT_EQ(KindOf(off, observed), ActionKind::kPowerOff);
  observed.power = rpc::PowerState::kOff;
  EXPECT_EQ(KindOf(Wanted(), observed), ActionKind::kPowerOn);
  observed.presence = Presence::kHalfMade;
  EXPECT_EQ(KindOf(Wanted(), observed), ActionKind::kWait);
}

TEST(Plan, WaitsForARunningTaskBeforeAnythingElse) {
  VmObserved observed = Running();
  observed.task = PendingTask::kRunning;
  observed.power = rpc::PowerState::kOff;
  EXPECT_EQ(KindOf(Wanted(), observed), ActionKind::kAwaitTask);
}

TEST(Plan, MovesPowerTowardsTheTargetAndStopsThere) {
  struct Case {
    PowerTarget target;
    rpc::PowerState power;
    ActionKind expected;
  };
  using P = rpc::PowerState;
  for (const Case& c : std::vector<Case>{{PowerTarget::kOn, P::kOn, ActionKind::kNothing},
                                         {PowerTarget::kOn, P::kOff, ActionKind::kPowerOn},
                                         {PowerTarget::kOn, P::kSuspended, ActionKind::kPowerOn},
                                         {PowerTarget::kOff, P::kOn, ActionKind::kPowerOff},
                                         {PowerTarget::kOff, P::kSuspended, ActionKind::kPowerOff},
                                         {PowerTarget::kOff, P::kOff, ActionKind::kNothing},
                                         {PowerTarget::kOffGraceful, P::kOn, ActionKind::kShutDown},
                                         {PowerTarget::kOffGraceful, P::kOff, ActionKind::kNothing},
                                         {PowerTarget::kOn, P::kUnknown, ActionKind::kNothing},
                                         {PowerTarget::kOff, P::kUnknown, ActionKind::kNothing}}) {
    VmDesired desired = Wanted();
    desired.power = c.target;
    VmObserved observed = Running();
    observed.power = c.power;
    EXPECT_EQ(ToString(KindOf(desired, observed)), ToString(c.expected));
  }
}

TEST(Plan, ChangesARunningVmOnlyWhereTheProviderCan) {
  VmObserved observed = Running();
  observed.cpus = 1;
  EXPECT_EQ(KindOf(Wanted(), observed), ActionKind::kNothing);
  EXPECT_EQ(Differences(Wanted(), observed), std::vector<std::string>{"cpu is 1, wanted 2"});
  observed.reconfigure = ReconfigureWhen::kOnline;
  EXPECT_EQ(KindOf(Wanted(), observed), ActionKind::kReconfigure);
}

TEST(Plan, ChangesAVmThatIsOffBeforeItStarts) {
  VmObserved observed = Running();
  observed.power = rpc::PowerState::kOff;
  observed.memory_mib = 1024;
  EXPECT_EQ(KindOf(Wanted(), observed), ActionKind::kReconfigure);
}

TEST(Plan, StartsAVmThatDiffersWhenTheProviderRefusesToChangeIt) {
  VmObserved observed = Running();
  observed.power = rpc::PowerState::kOff;
  observed.memory_mib = 1024;
  observed.reconfigure = ReconfigureWhen::kNever;
  EXPECT_EQ(KindOf(Wanted(), observed), ActionKind::kPowerOn);
}

TEST(Plan, SwitchesOffBeforeItChangesAVmThatShallBeOff) {
  VmDesired desired = Wanted();
  desired.power = PowerTarget::kOff;
  VmObserved observed = Running();
  observed.memory_mib = 1024;
  EXPECT_EQ(KindOf(desired, observed), ActionKind::kPowerOff);
}

TEST(Plan, LeavesAPausedObjectAlone) {
  VmDesired desired = Wanted();
  desired.paused = true;
  VmObserved observed = Running();
  observed.power = rpc::PowerState::kOff;
  const Action action = Plan(desired, observed);
  EXPECT_EQ(action.kind, ActionKind::kWait);
  EXPECT_EQ(action.reason, api::kReasonPaused);
}

class PlanDeletion : public ::testing::Test {
 protected:
  PlanDeletion() { desired_.deleting = true; }
  VmDesired desired_ = Wanted();
};

TEST_F(PlanDeletion, NeedsNothingWithoutAFinalizer) {
  desired_.has_finalizer = false;
  EXPECT_EQ(KindOf(desired_, {}), ActionKind::kNothing);
}

TEST_F(PlanDeletion, AsksTheProviderEvenIfNoVmIsSeen) {
  EXPECT_EQ(KindOf(desired_, {}), ActionKind::kDelete)
      << "the answer to a Create may have been lost";
}

TEST_F(PlanDeletion, ReleasesOnlyWhenTheProviderConfirmedAndTheVmIsGone) {
  EXPECT_EQ(KindOf(desired_, {.delete_done = true}), ActionKind::kRelease);
  VmObserved still_there = Running();
  still_there.delete_done = true;
  EXPECT_EQ(KindOf(desired_, still_there), ActionKind::kDelete);
  EXPECT_EQ(KindOf(desired_, {.presence = Presence::kHalfMade, .delete_done = true}),
            ActionKind::kDelete);
}

TEST_F(PlanDeletion, WaitsForItsProvider) {
  EXPECT_EQ(KindOf(desired_, {.missing_provider = {"Provider default/lab not found"}}),
            ActionKind::kWait);
}

TEST_F(PlanDeletion, LetsGoWhenForcedOrRetained) {
  VmDesired forced = desired_;
  forced.force_delete = true;
  EXPECT_EQ(Plan(forced, {.missing_provider = {"Provider gone"}}).reason, api::kReasonForceDeleted);
  VmDesired retained = desired_;
  retained.retain = true;
  EXPECT_EQ(Plan(retained, Running()).reason, api::kReasonRetained);
}

TEST_F(PlanDeletion, HappensEvenWhenPaused) {
  desired_.paused = true;
  EXPECT_EQ(KindOf(desired_, Running()), ActionKind::kDelete);
}

}  // namespace
}  // namespace vr::controllers
