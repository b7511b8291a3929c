#include "cli/local/rotating_log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "controlplane/private_files.h"

namespace vr::cli {
namespace {

namespace fs = std::filesystem;

class RotatingLogTest : public ::testing::Test {
 protected:
  void SetUp() override { TearDown(); }
  void TearDown() override {
    fs::remove(path_);
    fs::remove(path_.string() + ".1");
  }
  std::string Now() const { return controlplane::ReadFile(path_).value_or("<none>"); }
  std::string Before() const {
    return controlplane::ReadFile(path_.string() + ".1").value_or("<none>");
  }

  const fs::path path_ =
      fs::path(::testing::TempDir()) / ("rotating_log_test_" + std::to_string(::getpid()) + ".log");
};

TEST_F(RotatingLogTest, KeepsOneOldFileOnceTheLimitIsReached) {
  const auto log = RotatingLog::Open(path_, 8);
  ASSERT_TRUE(log.ok());
  (*log)->Write("12345\n");
  EXPECT_EQ(Before(), "<none>");
  (*log)->Write("abcde\n");
  EXPECT_EQ(Before(), "12345\n");
  EXPECT_EQ(Now(), "abcde\n");
  (*log)->Write("longer than the limit\n");
  EXPECT_EQ(Before(), "abcde\n");
  EXPECT_EQ(Now(), "longer than the limit\n");
}

TEST_F(RotatingLogTest, GoesOnWithTheFileOfAnEarlierRunAndKeepsItPrivate) {
  { (*RotatingLog::Open(path_, 100))->Write("one\n"); }
  fs::permissions(path_, fs::perms::all);
  const auto log = RotatingLog::Open(path_, 100);
  (*log)->Write("two\n");
  EXPECT_EQ(Now(), "one\ntwo\n");
  EXPECT_EQ(fs::status(path_).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(RotatingLogTest, ShowsTheTail) {
  EXPECT_EQ(TailOf(path_, 2), "");
  (*RotatingLog::Open(path_))->Write("one\ntwo\nthree");
  EXPECT_EQ(TailOf(path_, 2), "  two\n  three\n");
  EXPECT_EQ(TailOf(path_, 9), "  one\n  two\n  three\n");
}

}  // namespace
}  // namespace vr::cli
