#include "base/rotating_log.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fstream>
#include <sstream>

#include "testing/temp_folder.h"

namespace vr {
namespace {

namespace fs = std::filesystem;

class RotatingLogTest : public ::testing::Test {
 protected:
  static std::string Text(const fs::path& path) {
    std::ostringstream text;
    const std::ifstream in(path);
    if (!in) return "<none>";
    text << in.rdbuf();
    return text.str();
  }
  std::string Now() const { return Text(path_); }
  std::string Before() const { return Text(path_.string() + ".1"); }

  const vr::testing::TempFolder folder_;
  const fs::path path_ = folder_.path() / "out.log";
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

TEST_F(RotatingLogTest, GoesOnOnceTheFileCanBeOpenedAgain) {
  const auto log = RotatingLog::Open(path_, 8);
  ASSERT_TRUE(log.ok());
  (*log)->Write("12345\n");
  rlimit usual{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &usual), 0);
  rlimit none = usual;
  none.rlim_cur = 0;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  (*log)->Write("is lost\n");
  (*log)->Write("as well\n");
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &usual), 0);
  (*log)->Write("found\n");
  EXPECT_EQ(Before(), "12345\n");
  EXPECT_EQ(Now(), "found\n");
}

TEST_F(RotatingLogTest, ShowsTheTail) {
  EXPECT_EQ(TailOf(path_, 2), "");
  (*RotatingLog::Open(path_))->Write("one\ntwo\nthree");
  EXPECT_EQ(TailOf(path_, 2), "  two\n  three\n");
  EXPECT_EQ(TailOf(path_, 9), "  one\n  two\n  three\n");
}

}  // namespace
}  // namespace vr
