#include "rpc/convert.h"

#include <gtest/gtest.h>

namespace vr::rpc {
namespace {

VmState SomeVm() {
  VmState vm;
  vm.id = "vm-7";
  vm.name = "web";
  vm.owner_uid = "uid-1";
  vm.power = PowerState::kSuspended;
  vm.ips = {"10.0.0.7", "fe80::7"};
  vm.console_url = "vnc://127.0.0.1:5907";
  vm.host = "node-1";
  vm.cpus = 4;
  vm.memory_mib = 4096;
  vm.guest_os = "Debian 12";
  vm.nics = {{"eth0", "52:54:00:00:00:07", "default", {"10.0.0.7"}}};
  vm.disks = {{"root", "/pool/web.qcow2", "qcow2", int64_t{20} << 30}};
  vm.raw = {{"machine", "q35"}};
  return vm;
}

TEST(Convert, VmStateSurvivesTheWire) { EXPECT_EQ(FromProto(ToProto(SomeVm())), SomeVm()); }

TEST(Convert, DescribeCarriesTheTextFieldsOfTheBaseContract) {
  pb::DescribeResponse response;
  FillDescribe({true, SomeVm()}, response);
  EXPECT_EQ(response.power_state(), "Off");
  EXPECT_EQ(response.ips_size(), 2);
  response.clear_vm();
  const DescribeResult read = FromProto("vm-7", response);
  EXPECT_TRUE(read.exists);
  EXPECT_EQ(read.vm.id, "vm-7");
  EXPECT_EQ(read.vm.power, PowerState::kOff);
  EXPECT_EQ(read.vm.ips, SomeVm().ips);
  EXPECT_EQ(read.vm.console_url, SomeVm().console_url);
  EXPECT_EQ(read.vm.raw, SomeVm().raw);
}

TEST(Convert, ListedVmReadsWithoutTheTypedState) {
  pb::VMInfo info;
  FillListed(SomeVm(), info);
  EXPECT_EQ(FromProto(info), SomeVm());
  info.clear_state();
  const VmState read = FromProto(info);
  EXPECT_EQ(read.cpus, 4);
  EXPECT_EQ(read.disks.at(0).size_bytes, int64_t{20} << 30);
}

TEST(Convert, VmSpecSurvivesTheWire) {
  VmSpec spec;
  spec.name = "web";
  spec.owner_uid = "uid-1";
  spec.owner_key = "default/web";
  spec.user_data = "#cloud-config\n";
  spec.vm_class.cpus = 2;
  spec.vm_class.memory_mib = 2048;
  spec.vm_class.extra_config = {{"a", "b"}};
  spec.image.url = "https://example.com/a.qcow2";
  spec.networks.push_back({.name = "eth0", .dns = {"1.1.1.1"}});
  spec.disks.push_back({.name = "data", .size_gib = 5});
  spec.placement.host = "node-1";
  spec.tags = {"x"};
  const VmSpec read = FromProto(ToProto(spec));
  EXPECT_EQ(ToProto(read).SerializeAsString(), ToProto(spec).SerializeAsString());
  EXPECT_EQ(read.networks.at(0).dns, spec.networks.at(0).dns);
  EXPECT_EQ(read.vm_class.memory_mib, 2048);
  EXPECT_EQ(read.owner_uid, "uid-1");
}

TEST(Convert, PowerOperationsMapBothWaysAndUnknownOnesAreRefused) {
  for (const PowerOp op :
       {PowerOp::kOn, PowerOp::kOff, PowerOp::kReboot, PowerOp::kShutdownGraceful,
        PowerOp::kSuspend, PowerOp::kResume, PowerOp::kReset}) {
    const Result<PowerOp> read = FromProto(ToProto(op));
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(*read, op);
  }
  EXPECT_FALSE(FromProto(pb::POWER_OP_UNSPECIFIED).ok());
  EXPECT_FALSE(FromProto(static_cast<pb::PowerOp>(77)).ok());
}

TEST(Convert, TaskErrorsKeepTheirKindAndHint) {
  TaskState task;
  task.done = true;
  task.error = Error{ErrorKind::kQuotaExceeded, "pool is full", std::chrono::milliseconds(250)};
  const TaskState read = FromProto(ToProto(task));
  EXPECT_TRUE(read.done);
  EXPECT_EQ(read.error, task.error);
  pb::TaskStatusResponse other;
  other.set_done(true);
  other.set_error("it broke");
  EXPECT_EQ(FromProto(other).error->kind, ErrorKind::kRetryable);
}

TEST(Convert, WatchUpdatesOfEveryKindSurviveTheWire) {
  for (const auto kind :
       {WatchUpdate::Kind::kVm, WatchUpdate::Kind::kVmGone, WatchUpdate::Kind::kTask,
        WatchUpdate::Kind::kHealth, WatchUpdate::Kind::kSnapshotDone}) {
    WatchUpdate update;
    update.kind = kind;
    update.vm.id = "vm-1";
    update.task_id = "t-1";
    update.resume_token = "r:5";
    const std::optional<WatchUpdate> read = FromProto(ToProto(update));
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->kind, kind);
    EXPECT_EQ(read->resume_token, "r:5");
  }
  EXPECT_FALSE(FromProto(pb::WatchEvent()).has_value());
}

}  // namespace
}  // namespace vr::rpc
