// The program virtrigaud-provider-mock as a process: killed, restarted, stopped.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "base/child_process.h"
#include "rpc/grpc_provider_client.h"

namespace vr::apps {
namespace {

class MockProgramTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::temp_directory_path() /
              ("mock-program-" + std::string(test->name()) + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    environment_ = {{"PROVIDER_LISTEN", "unix:" + (folder_ / "s").string()},
                    {"MOCK_STATE_FILE", (folder_ / "state.json").string()},
                    {"MOCK_SAMPLE_VMS", "false"}};
  }
  void TearDown() override {
    child_.reset();
    std::filesystem::remove_all(folder_);
  }

  static Context Soon() { return Context().WithTimeout(std::chrono::seconds(20)); }

  Result<ChildProcess> Run(std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.begin(), VR_PROVIDER_MOCK);
    return ChildProcess::Start({.arguments = arguments,
                                .environment = environment_,
                                .log_file = (folder_ / "log").string()});
  }
  // Starts it, and returns a client once it answers.
  std::unique_ptr<rpc::ProviderClient> Serve() {
    auto child = Run();
    EXPECT_TRUE(child.ok());
    child_.emplace(*std::move(child));
    auto client = rpc::MakeGrpcProviderClient({.target = environment_["PROVIDER_LISTEN"]});
    const Context soon = Soon();
    while (!client->Validate(soon) && soon.Sleep(std::chrono::milliseconds(20)))
      client = rpc::MakeGrpcProviderClient({.target = environment_["PROVIDER_LISTEN"]});
    EXPECT_TRUE(client->Validate(soon).ok()) << Log();
    return client;
  }
  void Kill() {
    ::kill(child_->pid(), SIGKILL);
    EXPECT_EQ(child_->Wait(Soon())->signal, SIGKILL);
    child_.reset();
  }
  std::string Log() const {
    std::stringstream text;
    text << std::ifstream(folder_ / "log").rdbuf();
    return text.str();
  }
  static rpc::CreateRequest Create(const std::string& name) {
    rpc::CreateRequest request;
    request.vm.name = name;
    request.vm.owner_uid = "uid-" + name;
    request.vm.vm_class.cpus = 1;
    request.vm.vm_class.memory_mib = 512;
    return request;
  }

  std::filesystem::path folder_;
  std::map<std::string, std::string> environment_;
  std::optional<ChildProcess> child_;
};

TEST_F(MockProgramTest, NothingAcknowledgedIsLostOrDoubledWhenItIsKilled) {
  auto client = Serve();
  const auto begun = client->Create(Soon(), Create("slow"));
  ASSERT_TRUE(begun.ok()) << begun.error().message;
  Kill();  // two seconds too early for its task
  environment_["MOCK_DELAY_SCALE"] = "0";
  client = Serve();
  EXPECT_TRUE(client->Describe(Soon(), begun->id)->exists);
  EXPECT_EQ(client->TaskStatus(Soon(), begun->task.id)->error->kind, ErrorKind::kRetryable);
  const auto again = client->Create(Soon(), Create("slow"));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->id, begun->id);
  const Context soon = Soon();
  while (!client->TaskStatus(soon, again->task.id)->done &&
         soon.Sleep(std::chrono::milliseconds(10))) {
  }
  Kill();
  client = Serve();
  EXPECT_EQ(client->ListVms(Soon())->size(), 1U);
  EXPECT_TRUE(client->Create(Soon(), Create("slow"))->task.empty());
}

TEST_F(MockProgramTest, StopsInOrderOnSigterm) {
  const auto client = Serve();
  EXPECT_EQ(child_->Terminate(std::chrono::seconds(20)).ToString(), ChildExit{}.ToString());
  EXPECT_NE(Log().find("Provider stops"), std::string::npos);
}

TEST_F(MockProgramTest, EndsAtOnceIfItsParentIsGoneAlready) {
  environment_["VIRTRIGAUD_EXIT_WITH_PARENT"] = "true";
  environment_["VIRTRIGAUD_PARENT_PID"] = std::to_string(::getpid() + 1);
  auto child = Run();
  ASSERT_TRUE(child.ok());
  EXPECT_EQ(child->Wait(Soon())->code, 1);
  EXPECT_NE(Log().find("VIRTRIGAUD_EXIT_WITH_PARENT"), std::string::npos);
  environment_["VIRTRIGAUD_PARENT_PID"] = std::to_string(::getpid());
  EXPECT_TRUE(Serve()->Validate(Soon()).ok());
}

TEST_F(MockProgramTest, SaysWhichSettingIsWrong) {
  environment_["MOCK_FAILURE_MODE"] = "explode";
  auto child = Run();
  ASSERT_TRUE(child.ok());
  EXPECT_EQ(child->Wait(Soon())->code, 1);
  EXPECT_NE(Log().find("explode"), std::string::npos);
}

TEST_F(MockProgramTest, ShowsHelpAndVersion) {
  for (const char* argument : {"--help", "--version"}) {
    auto child = Run({argument});
    ASSERT_TRUE(child.ok());
    EXPECT_EQ(child->Wait(Soon())->code, 0);
  }
  EXPECT_NE(Log().find("MOCK_STATE_FILE"), std::string::npos);
  EXPECT_NE(Log().find("virtrigaud-provider-mock 0."), std::string::npos);
}

}  // namespace
}  // namespace vr::apps
