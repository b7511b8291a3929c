// What a ProviderClient promises, asked of InProcessProvider and of a gRPC client on a real server.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <stdexcept>

#include "rpc/grpc_provider_client.h"
#include "sdk/server.h"
#include "testing/fake_hypervisor.h"

namespace vr::testing {
namespace {

using Kind = rpc::WatchUpdate::Kind;

enum class Wire { kNone, kGrpc };

class ProviderContractTest : public ::testing::TestWithParam<Wire> {
 protected:
  void SetUp() override {
    if (GetParam() == Wire::kNone) return;
    socket_ = std::filesystem::temp_directory_path() /
              ("vr-contract-" + std::to_string(::getpid()) + ".sock");
    auto server =
        sdk::Server::Start({.address = "unix:" + socket_.string()}, hypervisor_.provider(),
                           hypervisor_.tasks(), hypervisor_.hub());
    ASSERT_TRUE(server.ok()) << server.error().message;
    server_ = std::move(*server);
    over_grpc_ = rpc::MakeGrpcProviderClient({.target = server_->address()});
  }
  void TearDown() override {
    over_grpc_.reset();
    server_.reset();
    std::filesystem::remove(socket_);
  }

  rpc::ProviderClient& client() {
    return over_grpc_ ? *over_grpc_ : static_cast<rpc::ProviderClient&>(hypervisor_.client());
  }
  static Context Soon() { return Context().WithTimeout(std::chrono::seconds(10)); }

  static rpc::VmSpec Spec(const std::string& name) {
    rpc::VmSpec spec;
    spec.name = name;
    spec.owner_uid = "uid-" + name;
    spec.vm_class.cpus = 2;
    spec.vm_class.memory_mib = 1024;
    spec.disks = {{.name = "data", .size_gib = 3}};
    return spec;
  }
  // Asks until the task is done, ten seconds at most.
  rpc::TaskState Finish(const rpc::TaskRef& task) {
    if (task.empty()) return {.done = true};
    const Context soon = Soon();
    for (;;) {
      const auto state = client().TaskStatus(soon, task.id);
      EXPECT_TRUE(state.ok()) << (state.ok() ? "" : state.error().message);
      if (!state) return {};
      if (state->done || !soon.Sleep(std::chrono::milliseconds(1))) return *state;
    }
  }
  rpc::TaskState Finish(const Result<rpc::TaskRef>& task) {
    EXPECT_TRUE(task.ok()) << (task.ok() ? "" : task.error().message);
    return task ? Finish(*task) : rpc::TaskState{};
  }
  std::string Make(const std::string& name) {
    const auto created = client().Create(Soon(), {Spec(name), "key-" + name});
    EXPECT_TRUE(created.ok()) << (created.ok() ? "" : created.error().message);
    if (!created) return "";
    EXPECT_FALSE(Finish(created->task).error);
    return created->id;
  }
  rpc::VmState Vm(const std::string& id) { return client().Describe(Soon(), id)->vm; }

  // Watches until `enough` says so. `at_snapshot` runs when the snapshot is complete.
  std::vector<rpc::WatchUpdate> Watch(
      const std::string& token, const std::function<bool(const rpc::WatchUpdate&)>& enough,
      const std::function<void()>& at_snapshot = [] {}) {
    std::vector<rpc::WatchUpdate> heard;
    const Status ended = client().Watch(Soon(), token, [&](const rpc::WatchUpdate& update) {
      heard.push_back(update);
      if (update.kind == Kind::kSnapshotDone) at_snapshot();
      return enough(update) ? Status(Error{ErrorKind::kCancelled, "enough", {}}) : Status();
    });
    EXPECT_EQ(ended.error().message, "enough");
    return heard;
  }
  static bool IsSnapshotDone(const rpc::WatchUpdate& update) {
    return update.kind == Kind::kSnapshotDone;
  }

  FakeHypervisor hypervisor_;
  std::filesystem::path socket_;
  std::unique_ptr<sdk::Server> server_;
  std::unique_ptr<rpc::ProviderClient> over_grpc_;
};

TEST_P(ProviderContractTest, AVmIsMadeDescribedListedAndDeleted) {
  const std::string id = Make("web");
  const auto described = client().Describe(Soon(), id);
  ASSERT_TRUE(described->exists);
  EXPECT_EQ(described->vm, hypervisor_.VmOf("uid-web"));
  EXPECT_EQ(client().ListVms(Soon())->at(0), described->vm);
  EXPECT_FALSE(Finish(client().Delete(Soon(), {.id = id, .owner_uid = "uid-web"})).error);
  EXPECT_FALSE(client().Describe(Soon(), id)->exists);
  EXPECT_TRUE(client().ListVms(Soon())->empty());
  EXPECT_FALSE(Finish(client().Delete(Soon(), {.id = id, .owner_uid = "uid-web"})).error);
}

TEST_P(ProviderContractTest, AVmIsDeletedByItsOwnerWhereNoIdIsKnown) {
  Make("web");
  EXPECT_TRUE(client().GetCapabilities(Soon())->owner_uids);
  EXPECT_FALSE(Finish(client().Delete(Soon(), {.id = "", .owner_uid = "uid-web"})).error);
  EXPECT_EQ(hypervisor_.CountVms("uid-web"), 0);
  EXPECT_EQ(client().Delete(Soon(), {}).error().kind, ErrorKind::kInvalidSpec);
}

TEST_P(ProviderContractTest, RepeatedCreatesOfAnOwnerGiveOneVm) {
  hypervisor_.HoldTasks();
  const auto first = client().Create(Soon(), {Spec("web"), "key"});
  const auto second = client().Create(Soon(), {Spec("web"), "key"});
  EXPECT_EQ(first->id, second->id);
  EXPECT_FALSE(client().TaskStatus(Soon(), first->task.id)->done);
  hypervisor_.ReleaseTasks();
  EXPECT_FALSE(Finish(first->task).error);
  EXPECT_FALSE(Finish(second->task).error);
  EXPECT_TRUE(client().Create(Soon(), {Spec("web"), "other"})->task.empty());
  EXPECT_EQ(hypervisor_.CountVms("uid-web"), 1);
}

TEST_P(ProviderContractTest, OneOwnerDoesNotTouchTheVmOfAnother) {
  const std::string id = Make("web");
  rpc::VmSpec same_name = Spec("web");
  same_name.owner_uid = "uid-other";
  EXPECT_EQ(client().Create(Soon(), {same_name, ""}).error().kind, ErrorKind::kConflict);
  EXPECT_EQ(client().Delete(Soon(), {.id = id, .owner_uid = "uid-other"}).error().kind,
            ErrorKind::kConflict);
  EXPECT_EQ(client().Power(Soon(), {.id = id, .owner_uid = "uid-other"}).error().kind,
            ErrorKind::kConflict);
  EXPECT_EQ(hypervisor_.CountVms("uid-web"), 1);
}

TEST_P(ProviderContractTest, RequestsWithoutIdentityAreRefused) {
  rpc::VmSpec nobody = Spec("web");
  nobody.owner_uid.clear();
  EXPECT_EQ(client().Create(Soon(), {nobody, ""}).error().kind, ErrorKind::kInvalidSpec);
  EXPECT_EQ(client().Delete(Soon(), {}).error().kind, ErrorKind::kInvalidSpec);
  EXPECT_EQ(client().Power(Soon(), {}).error().kind, ErrorKind::kInvalidSpec);
  EXPECT_EQ(client().Reconfigure(Soon(), {}).error().kind, ErrorKind::kInvalidSpec);
  EXPECT_EQ(client().Describe(Soon(), "").error().kind, ErrorKind::kInvalidSpec);
  EXPECT_EQ(client().SnapshotCreate(Soon(), {}).error().kind, ErrorKind::kInvalidSpec);
}

TEST_P(ProviderContractTest, ErrorsCarryKindMessageAndHint) {
  for (const ErrorKind kind : AllErrorKinds()) {
    // Of the caller: its patience, and its own bounds.
    if (kind == ErrorKind::kCancelled || kind == ErrorKind::kTimeout ||
        kind == ErrorKind::kRateLimit)
      continue;
    const Error error{kind, "as planned", std::chrono::seconds(3)};
    hypervisor_.FailNext(mock::Operation::kDescribe, error);
    const auto answer = client().Describe(Soon(), "vm");
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().kind, kind);
    EXPECT_EQ(answer.error().retry_after, error.retry_after) << ToString(kind);
    EXPECT_TRUE(answer.error().message.ends_with("as planned")) << answer.error().message;
  }
  EXPECT_TRUE(client().Describe(Soon(), "vm").ok());
}

TEST_P(ProviderContractTest, AFailedTaskTellsWhy) {
  hypervisor_.FailNextTask(mock::Operation::kCreate, {ErrorKind::kQuotaExceeded, "full", {}});
  const auto created = client().Create(Soon(), {Spec("web"), "key"});
  const rpc::TaskState failed = Finish(created->task);
  ASSERT_TRUE(failed.error.has_value());
  EXPECT_EQ(failed.error->kind, ErrorKind::kQuotaExceeded);
  EXPECT_EQ(failed.error->message, "full");
  EXPECT_EQ(hypervisor_.CountVms("uid-web"), 0);
  Make("web");
  EXPECT_EQ(hypervisor_.CountVms("uid-web"), 1);
}

TEST_P(ProviderContractTest, TasksCanBeCancelledAndUnknownOnesAreNotFound) {
  hypervisor_.HoldTasks();
  const auto created = client().Create(Soon(), {Spec("web"), ""});
  ASSERT_TRUE(client().CancelTask(Soon(), created->task.id).ok());
  EXPECT_EQ(Finish(created->task).error->kind, ErrorKind::kCancelled);
  EXPECT_EQ(client().TaskStatus(Soon(), "none").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(client().CancelTask(Soon(), "none").error().kind, ErrorKind::kNotFound);
}

TEST_P(ProviderContractTest, PowerChangesTheVm) {
  const std::string id = Make("web");
  const auto power = [&](rpc::PowerOp op) {
    EXPECT_FALSE(Finish(client().Power(Soon(), {.id = id, .op = op})).error);
    return Vm(id).power;
  };
  EXPECT_EQ(power(rpc::PowerOp::kOn), rpc::PowerState::kOn);
  EXPECT_FALSE(Vm(id).ips.empty());
  EXPECT_EQ(power(rpc::PowerOp::kSuspend), rpc::PowerState::kSuspended);
  EXPECT_EQ(power(rpc::PowerOp::kResume), rpc::PowerState::kOn);
  EXPECT_EQ(power(rpc::PowerOp::kReboot), rpc::PowerState::kOn);
  EXPECT_EQ(power(rpc::PowerOp::kReset), rpc::PowerState::kOn);
  EXPECT_EQ(power(rpc::PowerOp::kShutdownGraceful), rpc::PowerState::kOff);
  EXPECT_EQ(power(rpc::PowerOp::kOff), rpc::PowerState::kOff);
  EXPECT_EQ(client().Power(Soon(), {.id = "vm-none"}).error().kind, ErrorKind::kNotFound);
}

TEST_P(ProviderContractTest, ReconfigureSnapshotCloneAndImageAreServed) {
  const std::string id = Make("web");
  rpc::VmSpec bigger = Spec("web");
  bigger.vm_class.cpus = 4;
  bigger.disks[0].size_gib = 8;
  EXPECT_FALSE(Finish(client().Reconfigure(Soon(), {id, bigger, ""})).error);
  EXPECT_EQ(Vm(id).cpus, 4);
  EXPECT_EQ(Vm(id).disks.back().size_bytes, int64_t{8} << 30);

  const auto snapshot = client().SnapshotCreate(Soon(), {.vm_id = id, .name = "before"});
  ASSERT_TRUE(snapshot.ok()) << snapshot.error().message;
  EXPECT_FALSE(Finish(snapshot->task).error);
  EXPECT_FALSE(Finish(client().SnapshotRevert(Soon(), {id, snapshot->id})).error);
  EXPECT_FALSE(Finish(client().SnapshotDelete(Soon(), {id, snapshot->id})).error);
  EXPECT_EQ(client().SnapshotRevert(Soon(), {id, snapshot->id}).error().kind, ErrorKind::kNotFound);

  rpc::CloneRequest clone;
  clone.source_id = id;
  clone.target = Spec("copy");
  const auto copied = client().Clone(Soon(), clone);
  ASSERT_TRUE(copied.ok()) << copied.error().message;
  EXPECT_FALSE(Finish(copied->task).error);
  EXPECT_EQ(hypervisor_.CountVms("uid-copy"), 1);

  rpc::ImagePrepareRequest image;
  image.image.name = "debian";
  const auto prepared = client().ImagePrepare(Soon(), image);
  EXPECT_EQ(Finish(prepared->task).result_id, "debian");
  EXPECT_EQ(prepared->id, "debian");
}

TEST_P(ProviderContractTest, ARepeatedRevertDoesNotUndoWhatCameAfterTheFirst) {
  const std::string id = Make("web");
  const auto snapshot = client().SnapshotCreate(Soon(), {.vm_id = id, .name = "before"});
  ASSERT_FALSE(Finish(snapshot->task).error);
  const rpc::SnapshotRequest revert{.vm_id = id,
                                    .snapshot_id = snapshot->id,
                                    .idempotency_key = "revert-1",
                                    .owner_uid = "uid-web"};
  const auto first = client().SnapshotRevert(Soon(), revert);
  EXPECT_FALSE(Finish(first).error);
  ASSERT_TRUE(hypervisor_.ResizeBehindOurBack(id, 7, 1024));
  const auto again = client().SnapshotRevert(Soon(), revert);
  EXPECT_EQ(again->id, first->id);
  EXPECT_FALSE(Finish(again).error);
  EXPECT_EQ(Vm(id).cpus, 7);
}

TEST_P(ProviderContractTest, SnapshotsOfAnotherOwnersVmAreLeftAlone) {
  const std::string id = Make("web");
  const auto snapshot = client().SnapshotCreate(Soon(), {.vm_id = id, .name = "before"});
  ASSERT_FALSE(Finish(snapshot->task).error);
  const rpc::SnapshotRequest stranger{
      .vm_id = id, .snapshot_id = snapshot->id, .owner_uid = "uid-other"};
  EXPECT_EQ(client().SnapshotRevert(Soon(), stranger).error().kind, ErrorKind::kConflict);
  EXPECT_EQ(client().SnapshotDelete(Soon(), stranger).error().kind, ErrorKind::kConflict);
  const auto made =
      client().SnapshotCreate(Soon(), {.vm_id = id, .name = "mine", .owner_uid = "uid-other"});
  EXPECT_EQ(made.error().kind, ErrorKind::kConflict);
}

TEST_P(ProviderContractTest, CapabilitiesAndValidationAreThoseOfTheProvider) {
  const auto capabilities = client().GetCapabilities(Soon());
  EXPECT_EQ(capabilities->provider_type, "mock");
  EXPECT_TRUE(capabilities->snapshots && capabilities->watch && capabilities->suspend);
  EXPECT_FALSE(capabilities->disk_export);
  EXPECT_EQ(capabilities->network_types.size(), 3U);
  EXPECT_TRUE(client().Validate(Soon())->ok);
  hypervisor_.FailNext(mock::Operation::kValidate, {ErrorKind::kUnauthorized, "locked", {}});
  EXPECT_EQ(client().Validate(Soon()).error().kind, ErrorKind::kUnauthorized);
}

TEST_P(ProviderContractTest, WatchTellsWhatIsThereAndThenEveryChange) {
  const std::string id = Make("web");
  const auto heard = Watch(
      "", [](const rpc::WatchUpdate& update) { return update.kind == Kind::kVmGone; },
      [&] {
        EXPECT_TRUE(hypervisor_.PowerBehindOurBack(id, rpc::PowerOp::kOn));
        EXPECT_TRUE(hypervisor_.DeleteBehindOurBack(id));
      });
  ASSERT_EQ(heard.size(), 5U);
  EXPECT_EQ(heard[0].kind, Kind::kHealth);
  EXPECT_EQ(heard[1].vm.owner_uid, "uid-web");
  EXPECT_EQ(heard[1].vm.power, rpc::PowerState::kOff);
  EXPECT_EQ(heard[2].kind, Kind::kSnapshotDone);
  EXPECT_EQ(heard[3].vm.power, rpc::PowerState::kOn);
  EXPECT_EQ(heard[4].vm.id, id);
  EXPECT_EQ(heard[4].vm.owner_uid, "uid-web");
}

TEST_P(ProviderContractTest, WatchGoesOnWhereItWas) {
  const std::string token = Watch("", IsSnapshotDone).back().resume_token;
  const std::string id = hypervisor_.AddForeignVm("stranger");
  const auto heard =
      Watch(token, [](const rpc::WatchUpdate& update) { return update.kind == Kind::kVm; });
  ASSERT_EQ(heard.size(), 2U);
  EXPECT_EQ(heard[0].resume_token, token);
  EXPECT_EQ(heard[1].vm.id, id);
  EXPECT_EQ(Watch("of an earlier run", IsSnapshotDone).size(), 3U);
}

TEST_P(ProviderContractTest, WatchTellsOfTasksAndHealth) {
  std::string task;
  const auto heard = Watch(
      "",
      [&](const rpc::WatchUpdate& update) {
        return update.kind == Kind::kHealth && !update.healthy;
      },
      [&] {
        task = client().Create(Soon(), {Spec("web"), ""})->task.id;
        Finish(rpc::TaskRef{task});
        hypervisor_.SetHealthy(false, "cable pulled");
      });
  EXPECT_EQ(heard.back().message, "cable pulled");
  const auto done = std::find_if(heard.begin(), heard.end(), [&](const rpc::WatchUpdate& update) {
    return update.task_id == task && update.task.done;
  });
  ASSERT_NE(done, heard.end());
  const auto made = std::find_if(heard.begin(), done, [](const rpc::WatchUpdate& update) {
    return update.vm.owner_uid == "uid-web";
  });
  EXPECT_NE(made, done) << "the VM is told of before its task is done";
}

TEST_P(ProviderContractTest, CallsEndWithTheirContext) {
  std::stop_source stop;
  stop.request_stop();
  const Context stopped(stop.get_token());
  const Context late = Context().WithDeadline(SystemClock().Now() - std::chrono::seconds(1));
  EXPECT_EQ(client().Create(stopped, {Spec("web"), ""}).error().kind, ErrorKind::kCancelled);
  EXPECT_EQ(client().Create(late, {Spec("web"), ""}).error().kind, ErrorKind::kTimeout);
  EXPECT_EQ(client().TaskStatus(late, "t").error().kind, ErrorKind::kTimeout);
  const auto nothing = [](const rpc::WatchUpdate&) { return Status(); };
  EXPECT_EQ(client().Watch(stopped, "", nothing).error().kind, ErrorKind::kCancelled);
  EXPECT_EQ(client().Watch(late, "", nothing).error().kind, ErrorKind::kTimeout);
  std::stop_source later;
  const Status ended =
      client().Watch(Context(later.get_token()), "", [&](const rpc::WatchUpdate& update) {
        if (IsSnapshotDone(update)) later.request_stop();
        return Status();
      });
  EXPECT_EQ(ended.error().kind, ErrorKind::kCancelled);
  const Status timed =
      client().Watch(Context().WithTimeout(std::chrono::milliseconds(50)), "", nothing);
  EXPECT_EQ(timed.error().kind, ErrorKind::kTimeout);
  EXPECT_EQ(hypervisor_.CountVms("uid-web"), 0);
}

INSTANTIATE_TEST_SUITE_P(All, ProviderContractTest, ::testing::Values(Wire::kNone, Wire::kGrpc),
                         [](const auto& tested) {
                           return tested.param == Wire::kNone ? "InProcess" : "Grpc";
                         });

TEST(FakeHypervisor, CountsCallsAndWaitsForTasks) {
  FakeHypervisor hypervisor;
  EXPECT_EQ(hypervisor.client().Calls("Create"), 0U);
  hypervisor.HoldTasks();
  rpc::CreateRequest request;
  request.vm.name = "web";
  request.vm.owner_uid = "uid-web";
  request.vm.vm_class.cpus = 1;
  request.vm.vm_class.memory_mib = 512;
  const auto created = hypervisor.client().Create({}, request);
  ASSERT_TRUE(created.ok());
  EXPECT_EQ(hypervisor.client().Calls("Create"), 1U);
  EXPECT_TRUE(hypervisor.FinishTasks());
  EXPECT_TRUE(hypervisor.client().TaskStatus({}, created->task.id)->done);
  EXPECT_TRUE(hypervisor.ResizeBehindOurBack(created->id, 9, 99));
  EXPECT_EQ(hypervisor.VmOf("uid-web")->cpus, 9);
  EXPECT_FALSE(hypervisor.DeleteBehindOurBack("vm-none"));
  EXPECT_FALSE(hypervisor.PowerBehindOurBack("vm-none", sdk::PowerOp::kOn));
  EXPECT_EQ(hypervisor.VmOf("uid-none"), std::nullopt);
}

// Throws wherever it is asked.
class ThrowingProvider final : public sdk::Provider {
 public:
  Result<sdk::ValidateResult> Validate(const Context&) override { Throw(); }
  Result<sdk::Capabilities> GetCapabilities(const Context&) override { Throw(); }
  Result<sdk::CreateResult> Create(const Context&, const sdk::CreateRequest&) override { Throw(); }
  Result<sdk::TaskRef> Delete(const Context&, const sdk::DeleteRequest&) override { Throw(); }
  Result<sdk::TaskRef> Power(const Context&, const sdk::PowerRequest&) override { Throw(); }
  Result<sdk::DescribeResult> Describe(const Context&, const std::string&) override { Throw(); }
  Result<std::vector<sdk::VmState>> ListVms(const Context&) override { Throw(); }

 private:
  [[noreturn]] static void Throw() { throw std::runtime_error("boom"); }
};

TEST(InProcessProvider, ExceptionsAreInternalErrorsAndTheRestIsNotSupported) {
  ThrowingProvider provider;
  sdk::WatchHub hub;
  sdk::TaskRunner tasks({}, SystemClock());
  InProcessProvider client({provider, tasks, hub});
  EXPECT_EQ(client.Validate({}).error(), (Error{ErrorKind::kInternal, "boom", {}}));
  EXPECT_EQ(client.Clone({}, {}).error().kind, ErrorKind::kNotSupported);
}

}  // namespace
}  // namespace vr::testing
