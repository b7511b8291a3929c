#include "base/child_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
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

TEST(ChildProcess, NeverRunsAProgramThatCouldNotBeRecorded) {
  const LogFile log;
  ChildOptions options = Shell("echo ran");
  options.log_file = log.path();
  options.record = [](pid_t) -> Status { return Error{ErrorKind::kUnavailable, "disk full", {}}; };
  const auto child = ChildProcess::Start(options);
  ASSERT_FALSE(child.ok());
  EXPECT_EQ(child.error().message, "disk full");
  EXPECT_EQ(log.Text(), "");
}

TEST(ChildProcess, WritesToAPipeAndTellsItsEndWithoutWaiting) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ChildOptions options = Shell("echo said; kill -9 $$");
  options.output = ends[1];
  auto child = ChildProcess::Start(options);
  ASSERT_TRUE(child.ok()) << child.error().message;
  close(ends[1]);
  char text[16] = {};
  EXPECT_EQ(read(ends[0], text, sizeof text), 5);
  EXPECT_EQ(read(ends[0], text, sizeof text), 0) << "nobody else holds the writing end";
  close(ends[0]);
  ASSERT_TRUE(child->Wait({}).ok());
  ASSERT_TRUE(child->Ended().has_value());
  EXPECT_EQ(child->Ended()->signal, SIGKILL);
}

TEST(ChildProcess, InheritsNoOtherDescriptor) {
  const LogFile log;
  const int leaky = fcntl(STDIN_FILENO, F_DUPFD, 100);  // without close-on-exec
  ASSERT_GE(leaky, 100);
  ChildOptions options =
      Shell("test -e /proc/$$/fd/" + std::to_string(leaky) + " && echo leaks || echo tight");
  options.log_file = log.path();
  auto child = ChildProcess::Start(options);
  ASSERT_TRUE(child.ok()) << child.error().message;
  ASSERT_TRUE(child->Wait({}).ok());
  EXPECT_EQ(log.Text(), "tight\n");
  close(leaky);
}

TEST(ChildProcess, HasAGroupOrASessionOfItsOwn) {
  ChildOptions options = Shell("exec cat /dev/zero >/dev/null");
  auto with_us = ChildProcess::Start(options);
  options.life = ChildOptions::Life::kOnItsOwn;
  auto alone = ChildProcess::Start(options);
  ASSERT_TRUE(with_us.ok() && alone.ok());
  EXPECT_EQ(getpgid(with_us->pid()), with_us->pid());
  EXPECT_EQ(getsid(with_us->pid()), getsid(0));
  EXPECT_EQ(getsid(alone->pid()), alone->pid());
  const pid_t pid = alone->pid();
  alone->LetGo();
  { const auto gone = std::move(alone); }
  EXPECT_EQ(kill(pid, 0), 0) << "it runs on";
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
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
