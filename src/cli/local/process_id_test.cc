#include "cli/local/process_id.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace vr::cli {
namespace {

// A process that waits to be ended.
pid_t StartWaiting() {
  const pid_t pid = ::fork();
  if (pid == 0) {
    while (true) ::pause();
  }
  return pid;
}

TEST(ProcessId, IsTheSameAsLongAsTheProcessLives) {
  const auto first = IdentifyProcess(::getpid());
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->pid, ::getpid());
  EXPECT_GT(first->start, 0U);
  EXPECT_EQ(IdentifyProcess(::getpid()), first);
  EXPECT_EQ(ProgramOf(::getpid()), std::filesystem::read_symlink("/proc/self/exe"));
}

TEST(ProcessId, IsNothingForAProcessThatEnded) {
  const pid_t pid = StartWaiting();
  ASSERT_TRUE(IdentifyProcess(pid).has_value());
  ::kill(pid, SIGKILL);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT), 0);
  EXPECT_FALSE(IdentifyProcess(pid).has_value()) << "a zombie does nothing any more";
  ::waitpid(pid, nullptr, 0);
  EXPECT_FALSE(IdentifyProcess(pid).has_value());
}

TEST(ProcessHandle, DoesNotTakeALaterProcessForTheRecordedOne) {
  const pid_t pid = StartWaiting();
  ProcessId other = *IdentifyProcess(pid);
  --other.start;
  EXPECT_FALSE(ProcessHandle::Open(other).has_value());
  EXPECT_FALSE(ProcessHandle::Open({}).has_value());
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
}

TEST(ProcessHandle, SignalsAndWaits) {
  const pid_t pid = StartWaiting();
  const auto handle = ProcessHandle::Open(*IdentifyProcess(pid));
  ASSERT_TRUE(handle.has_value());
  const Status early = handle->WaitGone(Context().WithTimeout(std::chrono::milliseconds(20)));
  ASSERT_FALSE(early.ok());
  EXPECT_EQ(early.error().kind, ErrorKind::kTimeout);
  handle->Signal(SIGTERM);
  EXPECT_TRUE(handle->WaitGone(Context().WithTimeout(std::chrono::seconds(10))).ok());
  ::waitpid(pid, nullptr, 0);
}

}  // namespace
}  // namespace vr::cli
