// The program virtrigaud-provider-mock as a process: killed, restarted, stopped.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <sstream>

#include "base/child_process.h"
#include "net/curl_http_client.h"
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

TEST_F(MockProgramTest, KilledAgainAndAgainItHasOneVmPerOwner) {
  constexpr int kRounds = 6;
  constexpr int kOwners = 12;
  std::mt19937 chance(1);
  environment_["MOCK_DELAY_SCALE"] = "0.005";       // so that kills meet tasks in all stages
  std::map<std::string, std::string> acknowledged;  // owner -> id
  for (int round = 0; round < kRounds; ++round) {
    const auto client = Serve();
    for (const auto& [owner, id] : acknowledged)
      EXPECT_TRUE(client->Describe(Soon(), id)->exists) << owner;
    for (int calls = std::uniform_int_distribution(1, 3 * kOwners)(chance); calls > 0; --calls) {
      const auto request =
          Create("vm" + std::to_string(std::uniform_int_distribution(1, kOwners)(chance)));
      const auto created = client->Create(Soon(), request);
      ASSERT_TRUE(created.ok()) << created.error().message;
      const auto known = acknowledged.try_emplace(request.vm.owner_uid, created->id).first;
      EXPECT_EQ(known->second, created->id);
    }
    Kill();
  }
  const auto client = Serve();
  for (int i = 1; i <= kOwners; ++i) {
    const auto created = client->Create(Soon(), Create("vm" + std::to_string(i)));
    ASSERT_TRUE(created.ok());
    const Context soon = Soon();
    while (!created->task.empty() && !client->TaskStatus(soon, created->task.id)->done &&
           soon.Sleep(std::chrono::milliseconds(5))) {
    }
  }
  const auto vms = client->ListVms(Soon());
  std::set<std::string> owners;
  for (const rpc::VmState& vm : *vms) owners.insert(vm.owner_uid);
  EXPECT_EQ(vms->size(), size_t{kOwners});
  EXPECT_EQ(owners.size(), size_t{kOwners});
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

TEST_F(MockProgramTest, EndsWhenItsParentIsKilled) {
  environment_["VIRTRIGAUD_EXIT_WITH_PARENT"] = "true";
  environment_["PATH"] = "/usr/bin:/bin";
  // A shell in between starts it in the background and is killed once it serves.
  auto shell =
      ChildProcess::Start({.arguments = {"/bin/sh", "-c", "\"$0\" & wait", VR_PROVIDER_MOCK},
                           .environment = environment_,
                           .log_file = (folder_ / "log").string()});
  ASSERT_TRUE(shell.ok());
  child_.emplace(*std::move(shell));
  const Context soon = Soon();
  while (Log().find("Provider serves") == std::string::npos &&
         soon.Sleep(std::chrono::milliseconds(10))) {
  }
  Kill();
  while (Log().find("Provider stops") == std::string::npos &&
         soon.Sleep(std::chrono::milliseconds(10))) {
  }
  EXPECT_NE(Log().find("Provider stops"), std::string::npos);
}

TEST_F(MockProgramTest, AnswersProbesAndMetricsOverHttp) {
  auto child = Run({"--metrics-addr=127.0.0.1:0"});
  ASSERT_TRUE(child.ok());
  child_.emplace(*std::move(child));
  const std::string mark = "\"ops\":\"";
  const Context soon = Soon();
  size_t found = std::string::npos;
  while ((found = Log().find(mark)) == std::string::npos &&
         soon.Sleep(std::chrono::milliseconds(10))) {
  }
  ASSERT_NE(found, std::string::npos) << Log();
  const std::string address = Log().substr(found + mark.size());
  const std::string url = "http://" + address.substr(0, address.find('"'));
  const auto http = net::MakeCurlHttpClient({});
  ASSERT_TRUE(http.ok());
  EXPECT_EQ((*http)->Do(soon, {.url = url + "/readyz"})->status, 200);
  const auto metrics = (*http)->Do(soon, {.url = url + "/metrics"});
  EXPECT_NE(metrics->body.find("virtrigaud-provider-mock"), std::string::npos) << metrics->body;
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
