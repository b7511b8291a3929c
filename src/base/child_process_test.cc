#include "base/child_process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace vr {
namespace {

ChildOptions Shell(const std::string& script) {
  return {.arguments = {"/bin/sh", "-c", script}, .environment = {{"COLOUR", "blue"}}};
}

class LogFile {
 public:
  LogFile() {
    char name[] = "/tmp/vr-child-XXXXXX";
    close(mkstemp(name));
    path_ = name;
  }
  ~LogFile() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }
  std::string Text() const {
    std::ostringstream text;
    text << std::ifstream(path_).rdbuf();
    return text.str();
  }

 private:
  std::string path_;
};

TEST(ChildProcess, TellsTheExitCode) {
  auto child = ChildProcess::Start(Shell("exit 3"));
  ASSERT_TRUE(child.ok()) << child.error().message;
  const auto exit = child->Wait({});
  ASSERT_TRUE(exit.ok());
  EXPECT_EQ(exit->ToString(), "exited with code 3");
}

TEST(ChildProcess, GivesTheProgramItsEnvironmentAloneAndKeepsItsOutput) {
  const LogFile log;
  ChildOptions options = Shell("echo colour $COLOUR home ${HOME-none} >&2; echo out");
  options.log_file = log.path();
  auto child = ChildProcess::Start(options);
  ASSERT_TRUE(child.ok());
  ASSERT_TRUE(child->Wait({}).ok());
  EXPECT_EQ(log.Text(), "colour blue home none\nout\n");
}

TEST(ChildProcess, RefusesAProgramThatIsNotThere) {
  const auto child = ChildProcess::Start({.arguments = {"/no/such/program"}});
  ASSERT_FALSE(child.ok());
  EXPECT_EQ(child.error().kind, ErrorKind::kNotFound);
  EXPECT_NE(child.error().message.find("/no/such/program"), std::string::npos);
}

TEST(ChildProcess, StopsWaitingWhenTheContextIsStopped) {
  auto child = ChildProcess::Start(Shell("exec cat /dev/zero >/dev/null"));
  ASSERT_TRUE(child.ok());
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  const auto exit = child->Wait(Context(stop.get_token()));
  ASSERT_FALSE(exit.ok());
  EXPECT_EQ(exit.error().kind, ErrorKind::kCancelled);
  EXPECT_EQ(kill(child->pid(), 0), 0) << "it runs on";
}

TEST(ChildProcess, IsKilledWhenItIgnoresSigterm) {
  const LogFile log;
  ChildOptions options = Shell("trap '' TERM; echo ready; while :; do :; done");
  options.log_file = log.path();
  auto child = ChildProcess::Start(options);
  ASSERT_TRUE(child.ok());
  while (log.Text().empty()) std::this_thread::yield();
  EXPECT_EQ(child->Terminate(std::chrono::milliseconds(50)).signal, SIGKILL);
}

TEST(ChildProcess, EndsWithTheThreadThatStartedIt) {
  pid_t pid = 0;
  std::optional<ChildProcess> kept;
  std::thread starter([&] {
    auto child = ChildProcess::Start(Shell("exec cat /dev/zero >/dev/null"));
    ASSERT_TRUE(child.ok());
    pid = child->pid();
    kept.emplace(*std::move(child));
  });
  starter.join();
  ASSERT_TRUE(kept.has_value());
  const auto exit = kept->Wait(Context().WithTimeout(std::chrono::seconds(10)));
  ASSERT_TRUE(exit.ok()) << exit.error().message;
  EXPECT_EQ(exit->signal, SIGTERM);
}

}  // namespace
}  // namespace vr
