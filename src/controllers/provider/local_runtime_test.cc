#include "controllers/provider/local_runtime.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

#include "testing/eventually.h"
#include "testing/fake_clock.h"

namespace vr::controllers {
namespace {

namespace fs = std::filesystem;

using vr::testing::Eventually;

std::string Text(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// Provider programs are shell scripts here; a file stands for the socket.
class LocalRuntime : public ::testing::Test {
 protected:
  static fs::path MakeFolder() {
    char name[] = "/tmp/vr-runtime-XXXXXX";
    return mkdtemp(name);
  }
  ~LocalRuntime() override {
    runtime_.Clear();
    fs::remove_all(dir_);
  }

  void Install(const std::string& script) {
    const fs::path program = dir_ / "virtrigaud-provider-fake";
    std::ofstream(program) << "#!/bin/sh\n" << script << "\n";
    fs::permissions(program, fs::perms::owner_all);
  }
  // Writes its pid, listens, and stays.
  void InstallGood() {
    Install("echo $$ >" + (dir_ / "pid").string() +
            "; : >\"${PROVIDER_LISTEN#unix:}\"; while :; do sleep 0.05; done");
  }
  RuntimeStatus Ensure() { return runtime_.Ensure(request_); }
  bool Becomes(RuntimePhase phase) {
    return Eventually([&] { return Ensure().phase == phase; });
  }
  pid_t Pid() { return static_cast<pid_t>(std::atoi(Text(dir_ / "pid").c_str())); }
  fs::path Folder() { return dir_ / "state" / "providers" / "default.lab"; }

  const fs::path dir_ = MakeFolder();
  RuntimeRequest request_{.provider = {"default", "lab"},
                          .uid = "0123456789abcdef",
                          .type = "fake",
                          .environment = {},
                          .credentials = {}};
  LocalProcessRuntime runtime_{{.program_dir = dir_,
                                .state_dir = dir_ / "state",
                                .environment = {{"PATH", "/usr/bin:/bin"}},
                                .on_change = [](const kube::Key&) {}},
                               SystemClock()};
};

TEST_F(LocalRuntime, RunsWhatListens) {
  InstallGood();
  ASSERT_TRUE(Becomes(RuntimePhase::kRunning));
  EXPECT_EQ(Ensure().address, "unix:" + (dir_ / "state/sockets/0123456789abc.sock").string());
  EXPECT_EQ(kill(Pid(), 0), 0);
}

TEST_F(LocalRuntime, RemoveEndsTheProgramAndItsCredentials) {
  InstallGood();
  request_.credentials = {{"password", "s3cret"}};
  ASSERT_TRUE(Becomes(RuntimePhase::kRunning));
  EXPECT_EQ(Text(Folder() / "credentials" / "password"), "s3cret");
  EXPECT_EQ(fs::status(Folder() / "credentials" / "password").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
  const pid_t pid = Pid();
  EXPECT_TRUE(Eventually([&] { return runtime_.Remove(request_.provider); }));
  EXPECT_NE(kill(pid, 0), 0);
  EXPECT_FALSE(fs::exists(Folder() / "credentials"));
}

TEST_F(LocalRuntime, RemoveWaitsForNobody) {
  Install("trap '' TERM; echo $$ >" + (dir_ / "pid").string() +
          "; : >\"${PROVIDER_LISTEN#unix:}\"; while :; do sleep 0.05; done");
  ASSERT_TRUE(Becomes(RuntimePhase::kRunning));
  EXPECT_FALSE(runtime_.Remove(request_.provider));
  EXPECT_EQ(runtime_.Find(request_.provider), std::nullopt);
  EXPECT_EQ(Ensure().phase, RuntimePhase::kPending) << "two of them must not meet";
  ASSERT_EQ(kill(Pid(), SIGKILL), 0);
  EXPECT_TRUE(Eventually([&] { return runtime_.Remove(request_.provider); }));
  InstallGood();
  EXPECT_TRUE(Becomes(RuntimePhase::kRunning)) << "the next one starts";
}

TEST_F(LocalRuntime, EndsAProgramThatNeverListens) {
  Install("echo 'waiting for a lock'; while :; do sleep 0.05; done");
  testing::FakeClock clock;
  LocalProcessRuntime runtime({.program_dir = dir_,
                               .state_dir = dir_ / "state",
                               .environment = {{"PATH", "/usr/bin:/bin"}},
                               .on_change = [](const kube::Key&) {}},
                              clock);
  EXPECT_EQ(runtime.Ensure(request_).phase, RuntimePhase::kPending);
  ASSERT_TRUE(Eventually([&] { return Text(Folder() / "log") == "waiting for a lock\n"; }));
  ASSERT_TRUE(Eventually([&] {
    clock.Advance(std::chrono::milliseconds(100));
    return runtime.Ensure(request_).phase == RuntimePhase::kFailed;
  }));
  EXPECT_EQ(runtime.Ensure(request_).message,
            "the provider process was ended: it did not listen within 30s: waiting for a lock");
}

TEST_F(LocalRuntime, KeepsTheLogOfALongRunBounded) {
  Install(": >\"${PROVIDER_LISTEN#unix:}\"; yes 'a line of the log' | head -c 11000000; echo $$ >" +
          (dir_ / "pid").string() + "; while :; do sleep 0.05; done");
  ASSERT_TRUE(Becomes(RuntimePhase::kRunning));
  ASSERT_TRUE(Eventually([&] { return Pid() > 0; }));
  ASSERT_TRUE(Eventually([&] { return fs::exists(Folder() / "log.1"); }));
  EXPECT_LE(fs::file_size(Folder() / "log.1"), 10U << 20);
  EXPECT_LE(fs::file_size(Folder() / "log"), 10U << 20);
  EXPECT_EQ(kill(Pid(), 0), 0) << "without a restart";
}

TEST_F(LocalRuntime, RestartsAProgramThatEndsAndSaysWhyItDid) {
  Install("echo 'cannot reach the hypervisor' >&2; exit 3");
  ASSERT_TRUE(Becomes(RuntimePhase::kFailed));
  EXPECT_NE(Ensure().message.find("exited with code 3: cannot reach the hypervisor"),
            std::string::npos)
      << Ensure().message;
  InstallGood();
  ASSERT_TRUE(Becomes(RuntimePhase::kRunning));
  const pid_t first = Pid();
  ASSERT_EQ(kill(first, SIGKILL), 0);
  ASSERT_TRUE(Eventually([&] { return Pid() > 0 && Pid() != first; }));
  EXPECT_TRUE(Becomes(RuntimePhase::kRunning));
}

TEST_F(LocalRuntime, RestartsAtOnceWhenItsEnvironmentChanges) {
  Install("echo $COLOUR >" + (dir_ / "colour").string() +
          "; : >\"${PROVIDER_LISTEN#unix:}\"; while :; do sleep 0.05; done");
  request_.environment = {{"COLOUR", "blue"}};
  ASSERT_TRUE(Becomes(RuntimePhase::kRunning));
  request_.environment = {{"COLOUR", "green"}};
  Ensure();
  EXPECT_TRUE(Eventually([&] { return Text(dir_ / "colour") == "green\n"; }));
}

TEST_F(LocalRuntime, NamesAProgramThatIsNotThere) {
  request_.type = "unheard-of";
  ASSERT_TRUE(Becomes(RuntimePhase::kFailed));
  EXPECT_NE(Ensure().message.find("virtrigaud-provider-unheard-of"), std::string::npos);
}

TEST_F(LocalRuntime, RefusesAStateFolderWithTooLongAPath) {
  LocalProcessRuntime deep({.program_dir = dir_,
                            .state_dir = dir_ / std::string(100, 'x'),
                            .environment = {},
                            .on_change = [](const kube::Key&) {}},
                           SystemClock());
  const RuntimeStatus status = deep.Ensure(request_);
  EXPECT_EQ(status.phase, RuntimePhase::kFailed);
  EXPECT_NE(status.message.find("shorter state directory"), std::string::npos);
}

}  // namespace
}  // namespace vr::controllers
