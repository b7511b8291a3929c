#include "cli/local/manager_process.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <thread>

#include "base/child_process.h"
#include "base/rotating_log.h"
#include "cli/local/records.h"

namespace vr::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

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
      EXPECT_THAT(operations, StartsWith("http://127.0.0.1:"));
      happened_.emplace_back("ready");
      stop_.request_stop();
    };
    events_.died = [this](const std::string& how, const std::string&, Duration) {
      happened_.push_back(how);
    };
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
  EXPECT_THAT(happened_, ElementsAre("ready", "stopping"));
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
  events_.died = [&](const std::string& how, const std::string& said, Duration delay) {
    happened_.push_back(how);
    EXPECT_EQ(said.find("fake manager"), said.rfind("fake manager")) << "of this run alone";
    EXPECT_THAT(said, HasSubstr("cannot go on"));
    EXPECT_EQ(ReadManagerRecord(options_.record)->restarts, static_cast<int>(delays.size()));
    delays.push_back(delay);
    if (delays.size() == 4) stop_.request_stop();
  };
  ASSERT_TRUE(RunManager(Ctx(), options_, events_).ok());
  EXPECT_THAT(happened_, ElementsAre("exited with code 3", "exited with code 3",
                                     "exited with code 3", "exited with code 3"));
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
  events_.died = [&](const std::string&, const std::string&, Duration delay) {
    delays.push_back(delay);
    if (delays.size() == 3) stop_.request_stop();
  };
  ASSERT_TRUE(RunManager(Ctx(), options_, events_).ok());
  using std::chrono::milliseconds;
  EXPECT_THAT(delays, ElementsAre(milliseconds(1), milliseconds(1), milliseconds(1)));
}

TEST_F(ManagerProcessTest, IsNotStartedAgainIfItRefusesItsSettings) {
  options_.environment["FAKE_MANAGER_MODE"] = "refuse";
  const Status ran = RunManager(Ctx(), options_, events_);
  ASSERT_FALSE(ran.ok());
  EXPECT_EQ(ran.error().kind, ErrorKind::kInvalidSpec);
  EXPECT_THAT(ran.error().message, HasSubstr("LOG_LEVEL is 'banana'"));
  EXPECT_TRUE(happened_.empty()) << "neither ready nor started again";
  const Status asked = CheckManagerSettings(Ctx(), options_);
  ASSERT_FALSE(asked.ok()) << "one can ask before";
  EXPECT_THAT(asked.error().message, HasSubstr("LOG_LEVEL is 'banana'"));
  options_.environment.clear();
  EXPECT_TRUE(CheckManagerSettings(Ctx(), options_).ok());
}

TEST_F(ManagerProcessTest, IsKilledIfItDoesNotEndInTime) {
  options_.environment["FAKE_MANAGER_MODE"] = "stubborn";
  options_.grace = std::chrono::milliseconds(50);
  ASSERT_TRUE(RunManager(Ctx(), options_, events_).ok());
  EXPECT_THAT(happened_, ElementsAre("ready", "stopping", "killed"));
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
  ChildProcess Start(const std::string& mode) {
    const fs::path program = fs::canonical(VR_FAKE_MANAGER);
    ChildOptions options{.arguments = {program.string()},
                         .environment = {{"FAKE_MANAGER_MODE", mode}}};
    options.arguments.insert(options.arguments.end(), options_.args.begin(), options_.args.end());
    options.record = [&](pid_t pid) {
      return WriteManagerRecord(options_.record,
                                {.process = *IdentifyProcess(pid), .program = program});
    };
    auto child = ChildProcess::Start(options);
    EXPECT_TRUE(child.ok()) << child.error().message;
    return std::move(*child);
  }
  Status End() {
    return EndLingeringManager(Ctx(), options_.record, [this](pid_t pid) { pid_ = pid; });
  }
};

TEST_F(LingeringManagerTest, IsEndedBeforeAnotherOneStarts) {
  ChildProcess child = Start("");
  ASSERT_TRUE(End().ok());
  EXPECT_EQ(pid_, child.pid());
  EXPECT_TRUE(child.Ended().has_value());
}

TEST_F(LingeringManagerTest, IsLeftAloneIfTheNumberBelongsToAnotherProcess) {
  ChildProcess child = Start("");
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

}  // namespace
}  // namespace vr::cli
