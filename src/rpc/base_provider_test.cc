// A provider of the base contract: none of our fields, none of our RPCs.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <mutex>

#include "provider/v1/provider.grpc.pb.h"
#include "rpc/grpc_provider_client.h"

namespace vr::rpc {
namespace {

namespace pb = ::provider::v1;

class BaseProvider final : public pb::Provider::Service {
 public:
  grpc::Status GetCapabilities(grpc::ServerContext*, const pb::GetCapabilitiesRequest*,
                               pb::GetCapabilitiesResponse* out) override {
    out->set_supports_snapshots(true);
    return grpc::Status::OK;
  }
  grpc::Status Create(grpc::ServerContext*, const pb::CreateRequest* in,
                      pb::CreateResponse* out) override {
    const std::lock_guard lock(mutex_);
    created_ = *in;
    out->set_id("100");
    out->mutable_task()->set_id("UPID:1");
    return grpc::Status::OK;
  }
  grpc::Status Describe(grpc::ServerContext*, const pb::DescribeRequest* in,
                        pb::DescribeResponse* out) override {
    out->set_exists(in->id() == "100");
    out->set_power_state("On");
    out->add_ips("10.0.0.7");
    out->set_console_url("https://pve/console");
    out->set_provider_raw_json(R"({"node":"pve1"})");
    return grpc::Status::OK;
  }
  grpc::Status Delete(grpc::ServerContext*, const pb::DeleteRequest*, pb::TaskResponse*) override {
    const std::lock_guard lock(mutex_);
    ++deletes_;
    return grpc::Status::OK;
  }
  grpc::Status TaskStatus(grpc::ServerContext*, const pb::TaskStatusRequest*,
                          pb::TaskStatusResponse* out) override {
    out->set_done(true);
    out->set_error("storage 'local' is full");
    return grpc::Status::OK;
  }

  pb::CreateRequest created() const {
    const std::lock_guard lock(mutex_);
    return created_;
  }
  int deletes() const {
    const std::lock_guard lock(mutex_);
    return deletes_;
  }

 private:
  mutable std::mutex mutex_;  // guards all below
  pb::CreateRequest created_;
  int deletes_ = 0;
};

class BaseProviderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&provider_);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
    client_ = MakeGrpcProviderClient({.target = "127.0.0.1:" + std::to_string(port)});
  }
  static Context Soon() { return Context().WithTimeout(std::chrono::seconds(10)); }

  BaseProvider provider_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<ProviderClient> client_;
};

TEST_F(BaseProviderTest, HasNoneOfTheAddedCapabilities) {
  const auto capabilities = client_->GetCapabilities(Soon());
  ASSERT_TRUE(capabilities.ok()) << capabilities.error().message;
  EXPECT_TRUE(capabilities->snapshots);
  EXPECT_FALSE(capabilities->watch);
  EXPECT_FALSE(capabilities->owner_uids);
  EXPECT_FALSE(capabilities->suspend);
}

TEST_F(BaseProviderTest, AddedCallsAreNotSupported) {
  const Status watched =
      client_->Watch(Soon(), "", [](const WatchUpdate&) -> Status { return {}; });
  EXPECT_EQ(watched.error().kind, ErrorKind::kNotSupported);
  EXPECT_EQ(client_->CancelTask(Soon(), "UPID:1").error().kind, ErrorKind::kNotSupported);
}

TEST_F(BaseProviderTest, IsToldInItsOwnDialectWhatToMake) {
  CreateRequest request;
  request.vm.name = "web";
  request.vm.owner_uid = "uid-1";
  request.vm.user_data = "#cloud-config\n";
  request.vm.vm_class.cpus = 2;
  request.vm.vm_class.memory_mib = 2048;
  request.vm.image.template_name = "debian";
  const auto created = client_->Create(Soon(), request);
  ASSERT_TRUE(created.ok()) << created.error().message;
  EXPECT_EQ(created->id, "100");
  EXPECT_EQ(provider_.created().name(), "web");
  EXPECT_EQ(provider_.created().user_data(), "#cloud-config\n");
  EXPECT_EQ(provider_.created().class_json(), R"({"CPU":2,"Firmware":"BIOS","MemoryMiB":2048})");
  EXPECT_EQ(provider_.created().image_json(),
            R"({"ChecksumType":"sha256","Format":"template","TemplateName":"debian"})");
  const auto task = client_->TaskStatus(Soon(), created->task.id);
  EXPECT_EQ(task->error->message, "storage 'local' is full");
}

TEST_F(BaseProviderTest, TextFieldsBecomeTheStateOfTheVm) {
  const auto found = client_->Describe(Soon(), "100");
  ASSERT_TRUE(found.ok() && found->exists);
  EXPECT_EQ(found->vm.id, "100");
  EXPECT_EQ(found->vm.power, PowerState::kOn);
  EXPECT_EQ(found->vm.ips, std::vector<std::string>{"10.0.0.7"});
  EXPECT_EQ(found->vm.console_url, "https://pve/console");
  EXPECT_EQ(found->vm.raw.at("node"), "pve1");
  EXPECT_EQ(found->vm.owner_uid, "");
  EXPECT_FALSE(client_->Describe(Soon(), "101")->exists);
}

TEST_F(BaseProviderTest, NeverHearsOfADeletionWithoutAnId) {
  const auto unknown = client_->Delete(Soon(), {.id = "", .owner_uid = "uid-1"});
  EXPECT_EQ(unknown.error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(provider_.deletes(), 0);
  EXPECT_TRUE(client_->Delete(Soon(), {.id = "100", .owner_uid = "uid-1"}).ok());
  EXPECT_EQ(provider_.deletes(), 1);
}

}  // namespace
}  // namespace vr::rpc
