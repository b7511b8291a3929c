// A manager of the base contract against our server: none of our fields, none of our RPCs.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "provider/v1/provider.grpc.pb.h"
#include "sdk/server.h"
#include "testing/fake_hypervisor.h"

namespace vr::sdk {
namespace {

namespace pb = ::provider::v1;

class BaseManagerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto server = Server::Start({.address = "127.0.0.1:0", .insecure = true},
                                hypervisor_.provider(), hypervisor_.tasks(), hypervisor_.hub());
    ASSERT_TRUE(server.ok()) << server.error().message;
    server_ = std::move(*server);
    stub_ = pb::Provider::NewStub(
        grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials()));
  }

  // The answer; the status is in status_.
  template <class In, class Out>
  Out Call(grpc::Status (pb::Provider::Stub::*method)(grpc::ClientContext*, const In&, Out*),
           const In& in) {
    grpc::ClientContext call;
    call.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    Out out;
    status_ = ((*stub_).*method)(&call, in, &out);
    return out;
  }
  void Finish(const pb::TaskRef& task) {
    EXPECT_TRUE(status_.ok()) << status_.error_message();
    const Context soon = Context().WithTimeout(std::chrono::seconds(10));
    pb::TaskStatusRequest in;
    *in.mutable_task() = task;
    while (!task.id().empty()) {
      const auto state = Call(&pb::Provider::Stub::TaskStatus, in);
      ASSERT_TRUE(status_.ok()) << status_.error_message();
      if (state.done()) {
        EXPECT_EQ(state.error(), "");
        return;
      }
      ASSERT_TRUE(soon.Sleep(std::chrono::milliseconds(1)).ok());
    }
  }
  static pb::CreateRequest Request() {
    pb::CreateRequest in;
    in.set_name("web");
    in.set_user_data("#cloud-config\n");
    in.set_class_json(R"({"CPU":2,"MemoryMiB":2048,"Firmware":"BIOS","DiskDefaults":null})");
    in.set_image_json(R"({"Path":"/pool/debian.qcow2","Format":"qcow2"})");
    in.set_networks_json(R"([{"Name":"lan","NetworkName":"default"}])");
    in.set_disks_json(R"([{"SizeGiB":3,"Type":"thin","Name":"data"}])");
    return in;
  }
  std::string Create() {
    const auto created = Call(&pb::Provider::Stub::Create, Request());
    Finish(created.task());
    return created.id();
  }
  pb::DescribeResponse Describe(const std::string& id) {
    pb::DescribeRequest in;
    in.set_id(id);
    return Call(&pb::Provider::Stub::Describe, in);
  }

  testing::FakeHypervisor hypervisor_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<pb::Provider::Stub> stub_;
  grpc::Status status_;
};

TEST_F(BaseManagerTest, CreatesAVmOnceHoweverOftenItAsks) {
  const std::string id = Create();
  EXPECT_EQ(Create(), id);
  const std::vector<VmState> vms = hypervisor_.Vms();
  ASSERT_EQ(vms.size(), 1U);
  EXPECT_EQ(vms[0].name, "web");
  EXPECT_EQ(vms[0].owner_uid, "");
  EXPECT_EQ(vms[0].cpus, 2);
  EXPECT_EQ(vms[0].memory_mib, 2048);
  EXPECT_EQ(vms[0].nics.at(0).network, "default");
  EXPECT_EQ(vms[0].disks.at(1).id, "data");
}

TEST_F(BaseManagerTest, PowersReconfiguresAndDeletesByIdAlone) {
  const std::string id = Create();
  pb::PowerRequest power;
  power.set_id(id);
  power.set_op(pb::POWER_OP_ON);
  Finish(Call(&pb::Provider::Stub::Power, power).task());
  EXPECT_EQ(Describe(id).power_state(), "On");
  EXPECT_GT(Describe(id).ips_size(), 0);

  pb::ReconfigureRequest reconfigure;
  reconfigure.set_id(id);
  reconfigure.set_desired_json(
      R"({"Name":"web","Class":{"CPU":4,"MemoryMiB":4096},"Networks":null,
          "Disks":[{"SizeGiB":5,"Name":"data"}],"UserData":null,"MetaData":null})");
  Finish(Call(&pb::Provider::Stub::Reconfigure, reconfigure).task());
  const VmState changed = hypervisor_.Vms().at(0);
  EXPECT_EQ(changed.cpus, 4);
  EXPECT_EQ(changed.memory_mib, 4096);
  EXPECT_EQ(changed.disks.at(1).size_bytes, int64_t{5} << 30);

  pb::DeleteRequest remove;
  remove.set_id(id);
  Finish(Call(&pb::Provider::Stub::Delete, remove).task());
  EXPECT_FALSE(Describe(id).exists());
  EXPECT_TRUE(hypervisor_.Vms().empty());
}

TEST_F(BaseManagerTest, ClonesAndPreparesImages) {
  pb::CloneRequest clone;
  clone.set_source_vm_id(Create());
  clone.set_target_name("copy");
  clone.set_class_json(R"({"cpu":8,"memory":"8Gi"})");
  const auto cloned = Call(&pb::Provider::Stub::Clone, clone);
  Finish(cloned.task());
  EXPECT_TRUE(Describe(cloned.target_vm_id()).exists());
  pb::ImagePrepareRequest prepare;
  prepare.set_target_name("debian");
  prepare.set_image_json(R"({"source":{"libvirt":{"url":"https://example.com/a.qcow2"}}})");
  const auto prepared = Call(&pb::Provider::Stub::ImagePrepare, prepare);
  Finish(prepared.task());
  EXPECT_EQ(prepared.prepared_image_id(), "debian");
}

TEST_F(BaseManagerTest, CannotTakeTheNameOfAnOwnersVm) {
  CreateRequest owned;
  owned.vm.name = "web";
  owned.vm.owner_uid = "uid-1";
  owned.vm.vm_class.cpus = 1;
  owned.vm.vm_class.memory_mib = 512;
  ASSERT_TRUE(hypervisor_.client().Create(Context(), owned).ok());
  Call(&pb::Provider::Stub::Create, Request());
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(hypervisor_.CountVms("uid-1"), 1);
}

TEST_F(BaseManagerTest, IsToldWhatIsWrongWithItsRequest) {
  pb::CreateRequest in = Request();
  in.set_class_json(R"({"CPU":"2"})");
  Call(&pb::Provider::Stub::Create, in);
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status_.error_message(),
            "CreateRequest.class_json: CPU: a whole number of at least 0 is needed");
  Call(&pb::Provider::Stub::Delete, pb::DeleteRequest());
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace vr::sdk
