#include "cli/local/manager_process.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "cli/local/child.h"
#include "cli/local/records.h"
#include "cli/local/rotating_log.h"

namespace vr::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ManagerProcessTest : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    options_.program = VR_FAKE_MANAGER;
    options_.args = {"--ready-file", (folder_ / "ready").string()};
    options_.log = folder_ / "log";
    options_.ready = folder_ / "ready";
    options_.record = folder_ / "record";
    options_.backoff = {
        .base = std::chrono::milliseconds(1), .max = std::chrono::milliseconds(4), .jitter = 0};
    options_.grace = std::chrono::seconds(20);
    events_.started = [this](pid_t pid) { pid_ = pid; };
    events_.ready = [this](const std::string& operations) {
      happened_.push_back("ready " + operations);
      stop_.request_stop();
    };
    events_.died = [this](const std::string& how, Duration) { happened_.push_back(how); };
    events_.stopping = [this] { happened_.emplace_back("stopping"); };
    events_.killed = [this] { happened_.emplace_back("killed"); };
  }
  void TearDown() override { fs::remove_all(folder_); }

  Context Ctx() const { return Context(stop_.get_token()).WithTimeout(std::chrono::seconds(60)); }

  const fs::path folder_ =
      fs::path(::testing::TempDir()) / ("manager_process_test_" + std::to_string(::getpid()));
  std::stop_source stop_;
  ManagerOptions options_;
  ManagerEvents events_;
  pid_t pid_ = 0;
  std::vector<std::string> happened_;
};

TEST_F(ManagerProcessTest, BecomesReadyAndEndsWhenAsked) {
  events_.started = [this](pid_t pid) {
    pid_ = pid;
    const auto record = ReadManagerRecord(options_.record);
    ASSERT_TRUE(record.has_value()) << "it is on record before it runs";
    EXPECT_EQ(record->process, IdentifyProcess(pid));
    EXPECT_EQ(record->restarts, 0);
  };
  ASSERT_TRUE(RunManager(Ctx(), options_, events_).ok());
  EXPECT_THAT(happened_, ElementsAre("ready http://127.0.0.1:4711", "stopping"));
  EXPECT_FALSE(IdentifyProcess(pid_).has_value());
  EXPECT_FALSE(fs::exists(options_.record));
  EXPECT_FALSE(fs::exists(options_.ready)) << "nothing is ready any more";
  EXPECT_THAT(TailOf(options_.log, 10), HasSubstr("ends on signal 15"));
}

TEST_F(ManagerProcessTest, IsStartedAgainEachTimeItDies) {
  options_.environment["FAKE_MANAGER_MODE"] = "die";
  std::vector<Duration> delays;
  std::vector<int> restarts;
  events_.started = [&](pid_t) {
    restarts.push_back(ReadManagerRecord(options_.record)->restarts);
  };
  events_.died = [&](const std::string& how, Duration delay) {
    happened_.push_back(how);
    delays.push_back(delay);
    if (delays.size() == 4) stop_.request_stop();
  };
  ASSERT_TRUE(RunManager(Ctx(), options_, events_).ok());
  EXPECT_THAT(happened_, ElementsAre("exit code 3", "exit code 3", "exit code 3", "exit code 3"));
  using std::chrono::milliseconds;
  EXPECT_THAT(delays,
              ElementsAre(milliseconds(1), milliseconds(2), milliseconds(4), milliseconds(4)));
  EXPECT_THAT(restarts, ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(TailOf(options_.log, 1), HasSubstr("cannot go on")) << "its output is kept";
}

TEST_F(ManagerProcessTest, BacksOffAnewAfterAHealthyRun) {
  options_.environment["FAKE_MANAGER_MODE"] = "die";
  options_.healthy_after = Duration::zero();
  std::vector<Duration> delays;
  events_.died = [&](const std::string&, Duration delay) {
    delays.push_back(delay);
    if (delays.size() == 3) stop_.request_stop();
  };
  ASSERT_TRUE(RunManager(Ctx(), options_, events_).ok());
  using std::chrono::milliseconds;
  EXPECT_THAT(delays, ElementsAre(milliseconds(1), milliseconds(1), milliseconds(1)));
}

TEST_F(ManagerProcessTest, IsKilledIfItDoesNotEndInTime) {
  options_.environment["FAKE_MANAGER_MODE"] = "stubborn";
  options_.grace = std::chrono::milliseconds(50);
  ASSERT_TRUE(RunManager(Ctx(), options_, events_).ok());
  EXPECT_THAT(happened_, ElementsAre("ready http://127.0.0.1:4711", "stopping", "killed"));
  EXPECT_FALSE(IdentifyProcess(pid_).has_value());
}

TEST_F(ManagerProcessTest, IsAnErrorIfThereIsNoProgram) {
  options_.program = folder_ / "nothing";
  const Status ran = RunManager(Ctx(), options_, events_);
  ASSERT_FALSE(ran.ok());
  EXPECT_EQ(ran.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(ran.error().message, HasSubstr("nothing"));
}

// A manager as a killed `vrtg up` leaves it behind, on record.
class LingeringManagerTest : public ManagerProcessTest {
 protected:
  Child Start(const std::string& mode) {
    auto child = Child::Start(
        {.program = fs::canonical(VR_FAKE_MANAGER),
         .args = options_.args,
         .environment = {{"FAKE_MANAGER_MODE", mode}},
         .output = STDERR_FILENO,
         .record = [&](const ProcessId& process) {
           return WriteManagerRecord(
               options_.record, {.process = process, .program = fs::canonical(VR_FAKE_MANAGER)});
         }});
    EXPECT_TRUE(child.ok()) << child.error().message;
    return std::move(*child);
  }
  Status End() {
    return EndLingeringManager(Ctx(), options_.record, [this](pid_t pid) { pid_ = pid; });
  }
};

TEST_F(LingeringManagerTest, IsEndedBeforeAnotherOneStarts) {
  Child child = Start("");
  ASSERT_TRUE(End().ok());
  EXPECT_EQ(pid_, child.pid());
  EXPECT_TRUE(child.Ended().has_value());
}

TEST_F(LingeringManagerTest, IsLeftAloneIfTheNumberBelongsToAnotherProcess) {
  Child child = Start("");
  auto record = *ReadManagerRecord(options_.record);
  ++record.process.start;
  ASSERT_TRUE(WriteManagerRecord(options_.record, record).ok());
  ASSERT_TRUE(End().ok());
  record.process = *IdentifyProcess(child.pid());
  record.program = "/usr/bin/something-else";
  ASSERT_TRUE(WriteManagerRecord(options_.record, record).ok());
  ASSERT_TRUE(End().ok());
  EXPECT_EQ(pid_, 0);
  EXPECT_FALSE(child.Ended().has_value());
}

TEST_F(LingeringManagerTest, IsNothingWithoutARecord) {
  EXPECT_TRUE(End().ok());
  EXPECT_EQ(pid_, 0);
}

TEST(Child, NeverRunsAProgramThatCouldNotBeRecorded) {
  const fs::path ready =
      fs::path(::testing::TempDir()) / ("child_test_ready_" + std::to_string(::getpid()));
  fs::remove(ready);
  const auto child = Child::Start({.program = VR_FAKE_MANAGER,
                                   .args = {"--ready-file", ready.string()},
                                   .output = STDERR_FILENO,
                                   .record = [](const ProcessId&) -> Status {
                                     return Error{ErrorKind::kUnavailable, "disk full", {}};
                                   }});
  ASSERT_FALSE(child.ok());
  EXPECT_EQ(child.error().message, "disk full");
  EXPECT_FALSE(fs::exists(ready));
}

// The parent is a process of its own that dies by SIGKILL.
TEST(Child, EndsWithItsParent) {
  int report[2];
  ASSERT_EQ(::pipe(report), 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    auto child = Child::Start({.program = VR_FAKE_MANAGER,
                               .args = {"--ready-file", "/dev/null/none"},
                               .environment = {{"FAKE_MANAGER_MODE", "slow"}},
                               .output = STDERR_FILENO});
    const ProcessId id = child ? *IdentifyProcess(child->pid()) : ProcessId{};
    if (::write(report[1], &id, sizeof id) != sizeof id) ::_exit(1);
    while (true) ::pause();
  }
  ProcessId child;
  ASSERT_EQ(::read(report[0], &child, sizeof child), static_cast<ssize_t>(sizeof child));
  const auto handle = ProcessHandle::Open(child);
  ASSERT_TRUE(handle.has_value());
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  EXPECT_TRUE(handle->WaitGone(Context().WithTimeout(std::chrono::seconds(20))).ok());
  ::close(report[0]);
  ::close(report[1]);
}

}  // namespace
}  // namespace vr::cli
