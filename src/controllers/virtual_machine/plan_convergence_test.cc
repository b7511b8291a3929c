// Plan against a model of a hypervisor: from any state, its actions lead to what is wanted.
#include <gtest/gtest.h>

#include <random>

#include "controllers/virtual_machine/plan.h"

namespace vr::controllers {
namespace {

// The smallest hypervisor that can disagree with us.
struct World {
  VmDesired desired;
  VmObserved observed;
  bool object_exists = true;
  int creates = 0;
};

rpc::PowerState PowerAfterCreate() { return rpc::PowerState::kOff; }

// Does what the action says, as a faultless provider would.
void Apply(const Action& action, World& world) {
  VmObserved& vm = world.observed;
  switch (action.kind) {
    case ActionKind::kNothing:
    case ActionKind::kWait:
    case ActionKind::kReportMissing:
      break;
    case ActionKind::kProtect:
      world.desired.has_finalizer = true;
      break;
    case ActionKind::kCreate:
      ++world.creates;
      vm = {.presence = Presence::kPresent,
            .was_made = true,
            .power = PowerAfterCreate(),
            .cpus = 1,
            .memory_mib = 512,
            .reconfigure = vm.reconfigure};
      break;
    case ActionKind::kAwaitTask:
      vm.task = PendingTask::kNone;
      break;
    case ActionKind::kPowerOn:
      vm.power = rpc::PowerState::kOn;
      break;
    case ActionKind::kPowerOff:
    case ActionKind::kShutDown:
      vm.power = rpc::PowerState::kOff;
      break;
    case ActionKind::kReconfigure:
      vm.cpus = world.desired.cpus;
      vm.memory_mib = world.desired.memory_mib;
      break;
    case ActionKind::kDelete:
      vm.presence = Presence::kAbsent;
      vm.delete_done = true;
      break;
    case ActionKind::kRelease:
      world.object_exists = false;
      break;
  }
}

World RandomWorld(std::mt19937& random) {
  const auto chance = [&random](int of) { return random() % static_cast<unsigned>(of) == 0; };
  const auto pick = [&random](auto... values) {
    const std::vector options{values...};
    return options[random() % options.size()];
  };
  World world;
  world.desired = {.deleting = chance(4),
                   .force_delete = chance(8),
                   .retain = chance(6),
                   .recreate_missing = chance(2),
                   .has_finalizer = chance(2),
                   .power = pick(PowerTarget::kOn, PowerTarget::kOff, PowerTarget::kOffGraceful),
                   .cpus = pick(0, 1, 2),
                   .memory_mib = pick(int64_t{0}, int64_t{512}, int64_t{1024})};
  world.observed = {
      .task = pick(PendingTask::kNone, PendingTask::kRunning),
      .presence = pick(Presence::kAbsent, Presence::kHalfMade, Presence::kPresent),
      .was_made = chance(2),
      .power = pick(rpc::PowerState::kOn, rpc::PowerState::kOff, rpc::PowerState::kSuspended),
      .cpus = pick(1, 2),
      .memory_mib = pick(int64_t{512}, int64_t{1024}),
      .reconfigure =
          pick(ReconfigureWhen::kNever, ReconfigureWhen::kOff, ReconfigureWhen::kOnline)};
  if (world.observed.presence == Presence::kPresent) world.observed.was_made = true;
  return world;
}

bool PowerIsAsWanted(const World& world) {
  const bool on = world.observed.power == rpc::PowerState::kOn;
  return world.desired.power == PowerTarget::kOn ? on
                                                 : world.observed.power == rpc::PowerState::kOff;
}

TEST(PlanConvergence, ReachesWhatIsWantedFromAnyStateAndNeverMakesASecondVm) {
  constexpr int kWorlds = 20'000;
  constexpr int kSteps = 12;
  for (unsigned seed = 0; seed < kWorlds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    World world = RandomWorld(random);
    Action last;
    int steps = 0;
    for (; steps < kSteps && world.object_exists; ++steps) {
      last = Plan(world.desired, world.observed);
      if (last.kind == ActionKind::kNothing || last.kind == ActionKind::kReportMissing) break;
      Apply(last, world);
    }
    ASSERT_LT(steps, kSteps) << "stuck at " << ToString(last.kind);
    ASSERT_LE(world.creates, 1);
    if (world.desired.deleting) {
      ASSERT_TRUE(!world.object_exists || !world.desired.has_finalizer);
      if (!world.object_exists && !world.desired.force_delete && !world.desired.retain) {
        ASSERT_EQ(world.observed.presence, Presence::kAbsent) << "an orphan";
      }
    } else if (last.kind == ActionKind::kNothing) {
      ASSERT_EQ(world.observed.presence, Presence::kPresent);
      ASSERT_TRUE(PowerIsAsWanted(world));
      ASSERT_TRUE(world.desired.has_finalizer);
    }
  }
}

}  // namespace
}  // namespace vr::controllers
