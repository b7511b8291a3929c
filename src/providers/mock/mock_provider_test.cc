#include "providers/mock/mock_provider.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "providers/mock/provider_fixture.h"
#include "testing/fake_clock.h"

namespace vr::mock {
namespace {

using sdk::PowerOp;
using sdk::PowerState;

class MockProviderTest : public ProviderFixture {
 protected:
  void SetUp() override { Begin({.delay_scale = 0}); }

  // All that a new watcher is told.
  std::map<std::string, sdk::VmState> Watched() {
    std::map<std::string, sdk::VmState> vms;
    (void)hub_->Watch(Soon(), "", [&](const rpc::WatchUpdate& update) {
      if (update.kind == rpc::WatchUpdate::Kind::kVm) vms[update.vm.id] = update.vm;
      if (update.kind != rpc::WatchUpdate::Kind::kSnapshotDone) return Status();
      return Status(Error{ErrorKind::kCancelled, "enough", {}});
    });
    return vms;
  }
};

TEST_F(MockProviderTest, CreateMakesOneVmPerOwnerHoweverOftenItIsRepeated) {
  const std::string id = Make(Spec("web"));
  const auto again = provider_->Create(Soon(), {Spec("web"), "key"});
  EXPECT_EQ(again->id, id);
  EXPECT_TRUE(again->task.empty());
  EXPECT_EQ(provider_->ListVms(Soon())->size(), 1U);
  EXPECT_EQ(Vm(id).power, PowerState::kOff);
  EXPECT_EQ(Vm(id).owner_uid, "uid-web");
  EXPECT_EQ(Vm(id).disks.at(0).size_bytes, int64_t{10} << 30);
  EXPECT_EQ(Watched().at(id), Vm(id));
}

TEST_F(MockProviderTest, CreateWhileTheTaskRunsGivesTheSameVm) {
  provider_->gate().Hold();
  const auto first = provider_->Create(Soon(), {Spec("web"), "key"});
  const auto second = provider_->Create(Soon(), {Spec("web"), "key"});
  EXPECT_EQ(first->id, second->id);
  EXPECT_EQ(Vm(first->id).raw.at("creating"), "true");
  EXPECT_TRUE(provider_->ListVms(Soon())->empty());
  EXPECT_TRUE(Watched().empty());
  EXPECT_EQ(provider_->Power(Soon(), {.id = first->id}).error().kind, ErrorKind::kRetryable);
  provider_->gate().Release();
  EXPECT_FALSE(Finish(first->task).error);
  EXPECT_FALSE(Finish(second->task).error);
  EXPECT_EQ(provider_->ListVms(Soon())->size(), 1U);
}

TEST_F(MockProviderTest, CreateRefusesANameOfAnotherOwnerAndSpecsThatMakeNoVm) {
  Make(Spec("web"));
  sdk::VmSpec other = Spec("web");
  other.owner_uid = "uid-other";
  const auto refused = provider_->Create(Soon(), {other, ""});
  EXPECT_EQ(refused.error().kind, ErrorKind::kConflict);
  EXPECT_NE(refused.error().message.find("uid-web"), std::string::npos);
  sdk::VmSpec wrong = Spec("db");
  wrong.disks = {{.name = "data", .size_gib = 0}};
  EXPECT_EQ(provider_->Create(Soon(), {wrong, ""}).error().kind, ErrorKind::kInvalidSpec);
  wrong = Spec("db");
  wrong.vm_class.cpus = 0;
  EXPECT_EQ(provider_->Create(Soon(), {wrong, ""}).error().kind, ErrorKind::kInvalidSpec);
  wrong = Spec("db");
  wrong.name.clear();
  EXPECT_EQ(provider_->Create(Soon(), {wrong, ""}).error().kind, ErrorKind::kInvalidSpec);
}

TEST_F(MockProviderTest, AFailedCreateTaskLeavesNothingAndCanBeRepeated) {
  provider_->failures().FailNextTask(Operation::kCreate, {ErrorKind::kQuotaExceeded, "full", {}});
  const auto failed = provider_->Create(Soon(), {Spec("web"), "key"});
  EXPECT_EQ(Finish(failed->task).error->kind, ErrorKind::kQuotaExceeded);
  EXPECT_FALSE(Exists(failed->id));
  EXPECT_EQ(Make(Spec("web")), failed->id);
}

TEST_F(MockProviderTest, AVmThatWasDeletedIsMadeAgainWithTheSameKey) {
  const auto make = [&] {
    const auto created = provider_->Create(Soon(), {Spec("web"), "key"});
    EXPECT_FALSE(Finish(created->task).error);
    return created->id;
  };
  const std::string id = make();
  EXPECT_FALSE(Finish(provider_->Delete(Soon(), {.id = id, .owner_uid = "uid-web"})).error);
  EXPECT_FALSE(Exists(id));
  EXPECT_EQ(make(), id);
  EXPECT_TRUE(Exists(id));
  EXPECT_TRUE(Vm(id).raw.count("creating") == 0);
}

TEST_F(MockProviderTest, DeleteAsksForTheOwnerAndIsFineWithWhatIsGone) {
  const std::string id = Make(Spec("web"));
  EXPECT_EQ(provider_->Delete(Soon(), {.id = id, .owner_uid = "uid-other"}).error().kind,
            ErrorKind::kConflict);
  EXPECT_TRUE(Exists(id));
  EXPECT_FALSE(Finish(provider_->Delete(Soon(), {.id = id, .owner_uid = "uid-web"})).error);
  EXPECT_FALSE(Exists(id));
  EXPECT_TRUE(Watched().empty());
  EXPECT_TRUE(provider_->Delete(Soon(), {.id = id, .owner_uid = "uid-web"})->empty());
}

TEST_F(MockProviderTest, DeleteWhileItIsMadeRemovesItAfterwards) {
  provider_->gate().Hold();
  const auto created = provider_->Create(Soon(), {Spec("web"), ""});
  const auto deleted = provider_->Delete(Soon(), {.id = created->id, .owner_uid = "uid-web"});
  EXPECT_EQ(provider_->Create(Soon(), {Spec("web"), ""}).error().kind, ErrorKind::kRetryable);
  provider_->gate().Release();
  EXPECT_FALSE(Finish(deleted).error);
  EXPECT_FALSE(Exists(created->id));
}

TEST_F(MockProviderTest, AFailedDeleteLeavesAVmThatWorks) {
  const std::string id = Make(Spec("web"));
  provider_->failures().FailNextTask(Operation::kDelete, {ErrorKind::kRetryable, "busy", {}});
  EXPECT_TRUE(Finish(provider_->Delete(Soon(), {.id = id})).error);
  EXPECT_FALSE(Power(id, PowerOp::kOn).error);
  EXPECT_EQ(Vm(id).power, PowerState::kOn);
}

TEST_F(MockProviderTest, PowerGoesWhereItIsAskedToAndRepeatingItIsFine) {
  const std::string id = Make(Spec("web"));
  const struct {
    PowerOp op;
    PowerState after;
  } kSteps[] = {{PowerOp::kOn, PowerState::kOn},
                {PowerOp::kOn, PowerState::kOn},
                {PowerOp::kSuspend, PowerState::kSuspended},
                {PowerOp::kResume, PowerState::kOn},
                {PowerOp::kReboot, PowerState::kOn},
                {PowerOp::kReset, PowerState::kOn},
                {PowerOp::kShutdownGraceful, PowerState::kOff},
                {PowerOp::kOff, PowerState::kOff}};
  for (const auto& step : kSteps) {
    EXPECT_FALSE(Power(id, step.op).error);
    EXPECT_EQ(Vm(id).power, step.after);
    EXPECT_EQ(Watched().at(id).power, step.after);
  }
  EXPECT_TRUE(provider_->Power(Soon(), {.id = id, .op = PowerOp::kOff})->empty());
  for (const PowerOp op : {PowerOp::kReboot, PowerOp::kReset, PowerOp::kSuspend, PowerOp::kResume})
    EXPECT_EQ(provider_->Power(Soon(), {.id = id, .op = op}).error().kind, ErrorKind::kConflict);
  EXPECT_EQ(provider_->Power(Soon(), {.id = "vm-none"}).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(provider_->Power(Soon(), {.id = id, .owner_uid = "uid-other"}).error().kind,
            ErrorKind::kConflict);
}

TEST_F(MockProviderTest, AddressesAndConsoleAreThereWhileTheGuestRuns) {
  sdk::VmSpec spec = Spec("web");
  spec.networks.resize(2);
  spec.networks[0].name = "lan";
  spec.networks[1].name = "dmz";
  spec.networks[1].bridge = "br0";
  spec.networks[1].static_ip = "192.0.2.7";
  spec.networks[1].mac_address = "02:00:00:00:00:07";
  const std::string id = Make(spec);
  EXPECT_TRUE(Vm(id).ips.empty());
  Power(id, PowerOp::kOn);
  const sdk::VmState vm = Vm(id);
  ASSERT_EQ(vm.ips.size(), 2U);
  EXPECT_EQ(vm.ips[1], "192.0.2.7");
  EXPECT_EQ(vm.nics[1].mac, "02:00:00:00:00:07");
  EXPECT_EQ(vm.nics[1].network, "br0");
  EXPECT_FALSE(vm.console_url.empty());
  Power(id, PowerOp::kOff);
  EXPECT_TRUE(Vm(id).ips.empty());
  EXPECT_TRUE(Vm(id).console_url.empty());
  Power(id, PowerOp::kOn);
  EXPECT_EQ(Vm(id).ips, vm.ips) << "a VM keeps its addresses";
}

TEST_F(MockProviderTest, NoTwoNicsShareAnAddress) {
  std::set<std::string> seen;
  for (int i = 0; i < 300; ++i) {
    const std::string id = Make(Spec("vm" + std::to_string(i)));
    ASSERT_TRUE(provider_->SwitchPower(id, PowerOp::kOn).ok());
    EXPECT_TRUE(seen.insert(Vm(id).ips.at(0)).second);
    EXPECT_TRUE(seen.insert(Vm(id).nics.at(0).mac).second);
  }
}

TEST_F(MockProviderTest, ReconfigureChangesARunningVm) {
  sdk::VmSpec spec = Spec("web");
  spec.disks = {{.name = "data", .size_gib = 5}};
  const std::string id = Make(spec);
  Power(id, PowerOp::kOn);
  EXPECT_TRUE(provider_->Reconfigure(Soon(), {id, spec, ""})->empty()) << "nothing to change";
  spec.vm_class.cpus = 4;
  spec.vm_class.memory_mib = 2048;
  spec.disks = {{.name = "data", .size_gib = 6}, {.name = "log", .size_gib = 1}};
  EXPECT_FALSE(Finish(provider_->Reconfigure(Soon(), {id, spec, ""})).error);
  const sdk::VmState vm = Vm(id);
  EXPECT_EQ(vm.cpus, 4);
  EXPECT_EQ(vm.memory_mib, 2048);
  EXPECT_EQ(vm.disks.size(), 3U);
  EXPECT_EQ(vm.disks[1].size_bytes, int64_t{6} << 30);
  EXPECT_EQ(vm.power, PowerState::kOn);
  EXPECT_EQ(Watched().at(id), vm);
  spec.disks[0].size_gib = 5;
  const auto refused = provider_->Reconfigure(Soon(), {id, spec, ""});
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalidSpec);
  EXPECT_NE(refused.error().message.find("data"), std::string::npos);
}

TEST_F(MockProviderTest, SnapshotsBringBackWhatWas) {
  const std::string id = Make(Spec("web"));
  Power(id, PowerOp::kOn);
  const sdk::SnapshotCreateRequest request{.vm_id = id, .name = "uid-snap", .include_memory = true};
  const auto made = provider_->SnapshotCreate(Soon(), request);
  EXPECT_FALSE(Finish(made->task).error);
  const auto again = provider_->SnapshotCreate(Soon(), request);
  EXPECT_EQ(again->id, made->id);
  EXPECT_EQ(Vm(id).raw.at("snapshots"), "1");
  sdk::VmSpec bigger = Spec("web");
  bigger.vm_class.cpus = 8;
  Finish(provider_->Reconfigure(Soon(), {id, bigger, ""}));
  Power(id, PowerOp::kOff);
  EXPECT_FALSE(Finish(provider_->SnapshotRevert(Soon(), {id, made->id})).error);
  EXPECT_EQ(Vm(id).cpus, 2);
  EXPECT_EQ(Vm(id).power, PowerState::kOn) << "it had its memory";
  EXPECT_FALSE(Finish(provider_->SnapshotDelete(Soon(), {id, made->id})).error);
  EXPECT_TRUE(provider_->SnapshotDelete(Soon(), {id, made->id})->empty());
  EXPECT_EQ(provider_->SnapshotRevert(Soon(), {id, made->id}).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(Vm(id).raw.count("snapshots"), 0U);
}

TEST_F(MockProviderTest, ClonesAreVmsOfTheirOwn) {
  sdk::VmSpec spec = Spec("web");
  spec.disks = {{.name = "data", .size_gib = 5}};
  const std::string source = Make(spec);
  Power(source, PowerOp::kOn);
  sdk::CloneRequest request;
  request.source_id = source;
  request.linked = true;
  request.target.name = "copy";
  request.target.owner_uid = "uid-copy";
  const auto cloned = provider_->Clone(Soon(), request);
  ASSERT_TRUE(cloned.ok()) << cloned.error().message;
  EXPECT_FALSE(Finish(cloned->task).error);
  const sdk::VmState copy = Vm(cloned->id);
  EXPECT_EQ(copy.owner_uid, "uid-copy");
  EXPECT_EQ(copy.power, PowerState::kOff);
  EXPECT_EQ(copy.disks.size(), 2U);
  EXPECT_NE(copy.nics[0].mac, Vm(source).nics[0].mac);
  Finish(provider_->Delete(Soon(), {.id = source}));
  EXPECT_EQ(provider_->Clone(Soon(), request)->id, cloned->id) << "the source is not needed now";
  request.target = Spec("third");
  EXPECT_EQ(provider_->Clone(Soon(), request).error().kind, ErrorKind::kNotFound);
}

TEST_F(MockProviderTest, ImagesArePreparedOnce) {
  sdk::ImagePrepareRequest request;
  request.image.name = "debian";
  request.image.format = "raw";
  const auto first = provider_->ImagePrepare(Soon(), request);
  EXPECT_EQ(Finish(first->task).result_id, "debian");
  const auto second = provider_->ImagePrepare(Soon(), request);
  EXPECT_TRUE(second->task.empty());
  EXPECT_EQ(second->path, first->path);
  EXPECT_EQ(provider_->ImagePrepare(Soon(), {}).error().kind, ErrorKind::kInvalidSpec);
}

TEST_F(MockProviderTest, EveryOperationFailsWhenItIsToldTo) {
  std::map<Operation, double> all;
  for (const Operation operation : AllOperations()) all[operation] = 1;
  Begin({.delay_scale = 0, .failures = {.rates = all, .kind = ErrorKind::kUnavailable}});
  const auto kind = [](const auto& result) {
    return result.ok() ? ErrorKind{} : result.error().kind;
  };
  const std::vector<ErrorKind> kinds = {
      kind(provider_->Validate({})),           kind(provider_->Create({}, {})),
      kind(provider_->Delete({}, {})),         kind(provider_->Power({}, {})),
      kind(provider_->Describe({}, "")),       kind(provider_->ListVms({})),
      kind(provider_->Reconfigure({}, {})),    kind(provider_->ImagePrepare({}, {})),
      kind(provider_->SnapshotCreate({}, {})), kind(provider_->SnapshotDelete({}, {})),
      kind(provider_->SnapshotRevert({}, {})), kind(provider_->Clone({}, {}))};
  EXPECT_EQ(kinds, std::vector<ErrorKind>(kinds.size(), ErrorKind::kUnavailable));
}

TEST_F(MockProviderTest, CapabilitiesNameWhatIsServedAndNoMore) {
  const auto capabilities = provider_->GetCapabilities(Soon());
  EXPECT_EQ(capabilities->provider_type, "mock");
  EXPECT_TRUE(capabilities->snapshots && capabilities->memory_snapshots);
  EXPECT_TRUE(capabilities->linked_clones && capabilities->image_import);
  EXPECT_TRUE(capabilities->reconfigure_online && capabilities->suspend && capabilities->watch);
  EXPECT_FALSE(capabilities->disk_export || capabilities->disk_import);
}

TEST_F(MockProviderTest, SampleVmsBelongToNobodyAndAreLeftAlone) {
  Begin({.delay_scale = 0, .sample_vms = true});
  const auto samples = provider_->ListVms(Soon());
  ASSERT_EQ(samples->size(), 3U);
  EXPECT_EQ(samples->at(0).id, "vm-1");
  EXPECT_EQ(samples->at(0).power, PowerState::kOn);
  EXPECT_EQ(samples->at(2).power, PowerState::kOff);
  EXPECT_EQ(provider_->Delete(Soon(), {.id = "vm-1", .owner_uid = "uid-web"}).error().kind,
            ErrorKind::kConflict);
}

class MockProviderTimeTest : public ProviderFixture {
 protected:
  testing::FakeClock clock_;
};

TEST_F(MockProviderTimeTest, TasksAndBootsTakeTheirTime) {
  Begin({.delay_scale = 0.5}, clock_);
  const auto created = provider_->Create(Soon(), {Spec("web"), ""});
  const auto advance = [&](Duration total) {
    for (Duration done = {}; done < total; done += std::chrono::milliseconds(125)) {
      ASSERT_TRUE(clock_.WaitForWaiters(2));  // the task, or a boot, and the boot timer
      clock_.Advance(std::chrono::milliseconds(125));
    }
  };
  ASSERT_TRUE(clock_.WaitForWaiters(2));
  EXPECT_FALSE(tasks_->State(created->task.id)->done);
  for (int i = 0; i < 4; ++i) {  // four steps of a quarter of a second
    ASSERT_TRUE(clock_.WaitForWaiters(2));
    clock_.Advance(std::chrono::milliseconds(250));
  }
  EXPECT_FALSE(Finish(created->task).error);
  const auto on = provider_->Power(Soon(), {.id = created->id, .op = PowerOp::kOn});
  advance(std::chrono::milliseconds(500));
  EXPECT_FALSE(Finish(*on).error);
  EXPECT_EQ(Vm(created->id).power, PowerState::kOn);
  EXPECT_TRUE(Vm(created->id).ips.empty()) << "it boots";
  std::vector<std::string> ips;
  std::jthread boot([&] { clock_.Advance(std::chrono::milliseconds(500)); });
  (void)hub_->Watch(Soon(), "", [&](const rpc::WatchUpdate& update) {
    ips = update.vm.ips;
    return ips.empty() ? Status() : Status(Error{ErrorKind::kCancelled, "enough", {}});
  });
  EXPECT_EQ(ips.size(), 1U);
}

class MockProviderFileTest : public ProviderFixture {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    options_.state_file = std::filesystem::temp_directory_path() /
                          ("mock-" + std::string(test->name()) + std::to_string(::getpid()));
    options_.delay_scale = 0;
    Begin(options_);
  }
  void TearDown() override {
    End();
    for (const char* suffix : {"", ".lock", ".part"})
      std::filesystem::remove(options_.state_file + suffix);
  }
  MockOptions options_;
};

TEST_F(MockProviderFileTest, VmsOutliveTheProcessAndAreWatchedAtOnce) {
  const std::string id = Make(Spec("web"));
  Power(id, PowerOp::kOn);
  const sdk::VmState before = Vm(id);
  Begin(options_);
  EXPECT_EQ(Vm(id), before);
  EXPECT_EQ(Make(Spec("web")), id);
}

TEST_F(MockProviderFileTest, AVmThatWasHalfMadeIsCompletedByTheNextCreate) {
  provider_->gate().Hold();
  const auto interrupted = provider_->Create(Soon(), {Spec("web"), "key"});
  Begin(options_);
  EXPECT_TRUE(Exists(interrupted->id)) << "it was acknowledged";
  EXPECT_EQ(tasks_->State(interrupted->task.id)->error->kind, ErrorKind::kRetryable);
  sdk::VmSpec taller = Spec("web");
  taller.vm_class.cpus = 16;
  EXPECT_EQ(Make(taller), interrupted->id);
  EXPECT_EQ(Vm(interrupted->id).cpus, 16);
  EXPECT_EQ(provider_->ListVms(Soon())->size(), 1U);
}

TEST_F(MockProviderFileTest, AnInterruptedDeleteIsGoneOnWith) {
  const std::string id = Make(Spec("web"));
  provider_->gate().Hold();
  ASSERT_FALSE(provider_->Delete(Soon(), {.id = id})->empty());
  Begin(options_);
  EXPECT_TRUE(Exists(id));
  EXPECT_FALSE(Finish(provider_->Delete(Soon(), {.id = id})).error);
  EXPECT_FALSE(Exists(id));
}

TEST_F(MockProviderFileTest, AGuestThatWasBootingComesUpAfterTheRestart) {
  const std::string id = Make(Spec("web"));
  ASSERT_TRUE(provider_->vms()
                  .Change(id,
                          [](VmRecord& record) {
                            record.vm.power = PowerState::kOn;
                            record.boots = 1;
                            return Status();
                          })
                  .ok());
  Begin(options_);
  bool up = false;
  (void)hub_->Watch(Soon(), "", [&](const rpc::WatchUpdate& update) {
    up = !update.vm.ips.empty();
    return up ? Status(Error{ErrorKind::kCancelled, "enough", {}}) : Status();
  });
  EXPECT_TRUE(up);
}

}  // namespace
}  // namespace vr::mock
