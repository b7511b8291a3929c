// vrtg up and status in this process, with a fake manager; tests/e2e/vrtg_up.py has the real
// programs.
#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "api/kinds.h"
#include "base/child_process.h"
#include "base/rotating_log.h"
#include "cli/connect.h"
#include "cli/local/running.h"
#include "cli/report.h"
#include "cli/vrtg/commands.h"

namespace vr::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// What a command says.
struct Said {
  std::istringstream in;
  std::ostringstream out, err;
};

class UpTest : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "bin");
    fs::create_symlink(VR_FAKE_MANAGER, folder_ / "bin" / "virtrigaud-manager");
  }
  void TearDown() override {
    Stop();
    fs::remove_all(folder_);
  }

  Env MakeEnv(Said& said) const {
    Env env{.in = said.in, .out = said.out, .err = said.err};
    env.home = folder_;
    env.program_dir = folder_ / "bin";
    env.environment = environment_;
    env.connect = ConnectByKubeconfig;
    return env;
  }

  // Up in the background, until it says that it is ready.
  void Start(bool manager) {
    thread_ = std::jthread([this, manager](std::stop_token stop) {
      Env env = MakeEnv(said_);
      env.stop = std::move(stop);
      ended_ = Up(env, {.data_dir = dir_.root.string(), .manager = manager});
    });
    Eventually([this] {
      const auto up = RunningUp(dir_);
      return up && up->ready;
    });
  }
  void Stop() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
  }

  static void Eventually(const std::function<bool()>& holds) {
    const Context ctx = Context().WithTimeout(std::chrono::seconds(60));
    while (!holds()) ASSERT_TRUE(ctx.Sleep(std::chrono::milliseconds(5)).ok());
  }

  // The exit status of `vrtg status`, and what it printed.
  Status AskStatus(const std::string& format, std::string& printed) const {
    Said said;
    Env env = MakeEnv(said);
    env.settings.output = *ParseOutputFormat(format);
    Status status = LocalStatus(env, dir_.root.string());
    printed = said.out.str();
    return status;
  }

  const fs::path folder_ =
      fs::path(::testing::TempDir()) / ("up_test_" + std::to_string(::getpid()));
  const DataDir dir_{folder_ / "data"};
  Environment environment_;
  Said said_;     // by the thread; read after Stop
  Status ended_;  // likewise
  std::jthread thread_;
};

TEST_F(UpTest, ServesUntilItIsStoppedAndSaysWhatToType) {
  Start(false);
  const auto up = RunningUp(dir_);
  ASSERT_TRUE(up.has_value());
  EXPECT_EQ(up->process.pid, ::getpid());
  Stop();
  EXPECT_TRUE(ended_.ok()) << ended_.error().message;
  EXPECT_THAT(said_.out.str(), AllOf(HasSubstr(up->url),
                                     HasSubstr("export KUBECONFIG=" + dir_.Kubeconfig().string()),
                                     HasSubstr("kubectl get vm"), HasSubstr("Stopped")));
  EXPECT_FALSE(RunningUp(dir_).has_value());
  EXPECT_EQ(fs::status(dir_.root).permissions(), fs::perms::owner_all);
}

TEST_F(UpTest, RefusesASecondOneInTheSameFolder) {
  Start(false);
  Said said;
  Env env = MakeEnv(said);
  const Status second = Up(env, {.data_dir = dir_.root.string(), .manager = false});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind, ErrorKind::kConflict);
  EXPECT_THAT(
      second.error().message,
      AllOf(HasSubstr("process " + std::to_string(::getpid())), HasSubstr(RunningUp(dir_)->url),
            HasSubstr("'vrtg down --data-dir " + dir_.root.string() + "' stops it")));
  EXPECT_TRUE(RunningUp(dir_).has_value()) << "the first one goes on";
}

TEST_F(UpTest, RunsTheManagerBesideItselfAndStopsItFirst) {
  Start(true);
  const auto manager = ReadManagerRecord(dir_.ManagerRecordFile());
  ASSERT_TRUE(manager.has_value());
  Stop();
  EXPECT_TRUE(ended_.ok()) << ended_.error().message;
  EXPECT_NE(IdentifyProcess(manager->process.pid), manager->process);
  EXPECT_THAT(TailOf(dir_.ManagerLog(), 10),
              AllOf(HasSubstr("parent " + std::to_string(::getpid())),
                    HasSubstr("--kubeconfig " + dir_.Kubeconfig().string()),
                    HasSubstr("--state-dir " + dir_.ManagerDir().string()),
                    HasSubstr("--metrics-bind-address 127.0.0.1:0"),
                    HasSubstr("--health-probe-bind-address 0 "), HasSubstr("ends on signal 15")));
  const std::string out = said_.out.str();
  const size_t manager_stops = out.find("Stopping the manager");
  ASSERT_NE(manager_stops, std::string::npos) << out;
  EXPECT_LT(manager_stops, out.find("Stopping the API server"));
}

TEST_F(UpTest, IsBackedUpAndRestoredWhileItRunsAndWhileItDoesNot) {
  const BackupOptions options{.file = folder_ / "backup.db", .data_dir = dir_.root.string()};
  Said said;
  Env env = MakeEnv(said);
  EXPECT_EQ(Backup(env, options).error().kind, ErrorKind::kInvalidSpec) << "nothing there yet";
  Start(false);
  ASSERT_TRUE(Backup(env, options).ok());
  EXPECT_EQ(fs::status(options.file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(Backup(env, options).error().kind, ErrorKind::kConflict) << "nothing is overwritten";
  const Status restored = Restore(env, options);
  EXPECT_TRUE(restored.ok()) << restored.error().message;
  Stop();
  EXPECT_TRUE(Restore(env, options).ok());
  fs::remove(options.file);
  EXPECT_TRUE(Backup(env, options).ok());
  std::ofstream(options.file) << "no database";
  EXPECT_FALSE(Restore(env, options).ok());
  for (const auto& entry : fs::directory_iterator(dir_.root))
    EXPECT_FALSE(entry.path().filename().string().starts_with("backup-")) << entry.path();
}

TEST_F(UpTest, RefusesToStartWithoutTheManagersProgram) {
  fs::remove(folder_ / "bin" / "virtrigaud-manager");
  Said said;
  Env env = MakeEnv(said);
  const Status up = Up(env, {.data_dir = dir_.root.string()});
  ASSERT_FALSE(up.ok());
  EXPECT_EQ(up.error().kind, ErrorKind::kInvalidSpec);
  EXPECT_THAT(up.error().message, HasSubstr("--no-manager"));
  EXPECT_FALSE(fs::exists(dir_.root)) << "nothing was begun";
}

TEST_F(UpTest, ShowsAHealthyStatus) {
  Start(true);
  std::string printed;
  const Status status = AskStatus("json", printed);
  EXPECT_TRUE(status.ok()) << status.error().message;
  const auto json = nlohmann::json::parse(printed);
  EXPECT_EQ(json["healthy"], true);
  EXPECT_EQ(json["controlPlane"]["url"], RunningUp(dir_)->url);
  EXPECT_EQ(json["manager"]["ready"], true);
  EXPECT_EQ(json["manager"]["restarts"], 0);
  EXPECT_THAT(json["manager"]["operations"].get<std::string>(), HasSubstr("http://127.0.0.1:"));
  EXPECT_GT(json["diskBytes"], 0);
  ASSERT_TRUE(AskStatus("table", printed).ok());
  EXPECT_THAT(printed, AllOf(HasSubstr("healthy, https://"), HasSubstr("ready, process")));
}

TEST_F(UpTest, ShowsAManagerThatIsNotReadyAsAProblem) {
  environment_["FAKE_MANAGER_MODE"] = "slow";
  thread_ = std::jthread([this](std::stop_token stop) {
    Env env = MakeEnv(said_);
    env.stop = std::move(stop);
    ended_ = Up(env, {.data_dir = dir_.root.string()});
  });
  Eventually([this] { return ReadManagerRecord(dir_.ManagerRecordFile()).has_value(); });
  std::string printed;
  const Status status = AskStatus("json", printed);
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("not ready"));
  EXPECT_EQ(nlohmann::json::parse(printed)["healthy"], false);
}

TEST_F(UpTest, RefusesSettingsThatTheManagerRefuses) {
  environment_["FAKE_MANAGER_MODE"] = "refuse";
  Said said;
  Env env = MakeEnv(said);
  const Status up = Up(env, {.data_dir = dir_.root.string()});
  ASSERT_FALSE(up.ok());
  EXPECT_EQ(up.error().kind, ErrorKind::kInvalidSpec);
  EXPECT_THAT(up.error().message, HasSubstr("LOG_LEVEL is 'banana'"));
  EXPECT_FALSE(fs::exists(dir_.root)) << "nothing was begun";
}

TEST_F(UpTest, RefusesAPortThatIsTakenWithAHintAboutPorts) {
  Start(false);
  const std::string url = RunningUp(dir_)->url;
  Said said;
  Env env = MakeEnv(said);
  const Status second = Up(env, {.data_dir = (folder_ / "second").string(),
                                 .port = std::stoi(url.substr(url.rfind(':') + 1)),
                                 .manager = false});
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(AdviceOf(second.error()).hint,
              AllOf(HasSubstr("--port"), Not(HasSubstr("is the API server running"))));
}

TEST_F(UpTest, ShowsAManagerThatHangs) {
  environment_["FAKE_MANAGER_MODE"] = "hang";
  Start(true);
  std::string printed;
  const Status status = AskStatus("json", printed);
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("hangs"));
  const auto json = nlohmann::json::parse(printed);
  EXPECT_EQ(json["next"], "kill -KILL " + std::to_string(json["manager"]["pid"].get<int>()));
}

// Objects of the server that runs.
class UpObjectsTest : public UpTest {
 protected:
  nlohmann::json Make(const std::string& kind, const std::string& name, const nlohmann::json& spec,
                      const nlohmann::json& finalizers = nlohmann::json::array()) {
    const auto made = Client().Create(
        Context(), api::FindKind(kind)->type,
        {{"apiVersion", "infra.virtrigaud.io/v1beta1"},
         {"kind", kind},
         {"metadata", {{"name", name}, {"namespace", "default"}, {"finalizers", finalizers}}},
         {"spec", spec}});
    EXPECT_TRUE(made.ok()) << made.error().message;
    return made.ok() ? *made : nlohmann::json();
  }
  void SetStatus(const std::string& kind, const std::string& name, const nlohmann::json& status) {
    kube::WriteOptions write;
    write.subresource = "status";
    const auto set = Client().Patch(Context(), api::FindKind(kind)->type, {"default", name},
                                    kube::PatchType::kMerge, {{"status", status}}, write);
    EXPECT_TRUE(set.ok()) << set.error().message;
  }
  const kube::Client& Client() {
    if (!connection_.client) {
      Env env = MakeEnv(asked_);
      env.settings.kubeconfig = dir_.Kubeconfig().string();
      connection_ = *ConnectByKubeconfig(env);
    }
    return *connection_.client;
  }
  static nlohmann::json NotReady(const std::string& reason, const std::string& message) {
    return {{{"type", "Ready"},
             {"status", "False"},
             {"reason", reason},
             {"message", message},
             {"lastTransitionTime", "2026-01-01T00:00:00Z"}}};
  }

  Said asked_;
  Connection connection_;
};

TEST_F(UpObjectsTest, StatusShowsAProviderThatIsHeldInDeletionAndWhatIsNotReady) {
  Start(false);
  Make("Provider", "lab", {{"type", "mock"}, {"endpoint", "mock://local"}}, {"test/hold"});
  SetStatus("Provider", "lab", {{"healthy", true}});
  Make("VirtualMachine", "web",
       {{"providerRef", {{"name", "lab"}}},
        {"classRef", {{"name", "small"}}},
        {"imageRef", {{"name", "tiny"}}}});
  SetStatus("VirtualMachine", "web",
            {{"phase", "Failed"}, {"conditions", NotReady("DiskFull", "no room for its disk")}});
  std::string printed;
  EXPECT_TRUE(AskStatus("table", printed).ok()) << "an object alone is no defect of the platform";
  EXPECT_THAT(printed, AllOf(HasSubstr("DiskFull"), HasSubstr("no room for its disk"),
                             HasSubstr("Next: vrtg vm describe -n default web")));
  ASSERT_TRUE(Client().Delete(Context(), api::FindKind("Provider")->type, {"default", "lab"}).ok());
  const Status status = AskStatus("table", printed);
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, AllOf(HasSubstr("default/lab"), HasSubstr("InUse")));
  EXPECT_THAT(printed, AllOf(HasSubstr("deleting for"), HasSubstr("Next: vrtg vm list -A")));
}

TEST_F(UpTest, ShowsThatNothingRuns) {
  std::string printed;
  const Status status = AskStatus("json", printed);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(status.error().message, HasSubstr("'vrtg up --data-dir " + dir_.root.string()));
  EXPECT_EQ(nlohmann::json::parse(printed)["controlPlane"]["running"], false);
}

TEST_F(UpTest, DownIsDoneWhereNothingRuns) {
  Said said;
  Env env = MakeEnv(said);
  EXPECT_TRUE(Down(env, dir_.root.string()).ok());
  EXPECT_THAT(said.out.str(), HasSubstr("Nothing runs"));
  EXPECT_FALSE(fs::exists(dir_.root));
}

TEST_F(UpTest, DownEndsTheManagerOfAKilledUp) {
  ASSERT_TRUE(PrepareDataDir(dir_).ok());
  { ASSERT_TRUE(RunLock::Take(dir_.LockFile()).ok()); }
  const fs::path program = fs::canonical(VR_FAKE_MANAGER);
  auto manager = ChildProcess::Start(
      {.arguments = {program.string(), "--ready-file", dir_.ReadyFile().string()},
       .record = [&](pid_t pid) {
         return WriteManagerRecord(dir_.ManagerRecordFile(),
                                   {.process = *IdentifyProcess(pid), .program = program});
       }});
  ASSERT_TRUE(manager.ok()) << manager.error().message;
  Said said;
  Env env = MakeEnv(said);
  EXPECT_TRUE(Down(env, dir_.root.string()).ok());
  EXPECT_TRUE(manager->Ended().has_value());
}

}  // namespace
}  // namespace vr::cli
