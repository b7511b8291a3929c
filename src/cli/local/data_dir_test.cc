#include "cli/local/data_dir.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

namespace vr::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class DataDirTest : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  static mode_t ModeOf(const fs::path& path) {
    struct stat info {};
    EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
    return info.st_mode & 07777;
  }

  const fs::path folder_ =
      fs::path(::testing::TempDir()) / ("data_dir_test_" + std::to_string(::getpid()));
};

TEST_F(DataDirTest, IsRefusedUnderANameThatIsNoText) {
  const Status made = PrepareDataDir({folder_ / "x\xff"});
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().kind, ErrorKind::kInvalidSpec);
  EXPECT_THAT(made.error().message, ::testing::HasSubstr("not text (UTF-8)"));
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(DataDirTest, IsMadeForItsOwnerAlone) {
  const DataDir dir{folder_ / "a" / "b"};
  ASSERT_TRUE(PrepareDataDir(dir).ok());
  for (const fs::path& path : {dir.root, dir.ManagerDir(), dir.LogDir()})
    EXPECT_EQ(ModeOf(path), 0700U) << path;
}

TEST_F(DataDirTest, ClosesAFolderThatOthersCouldRead) {
  ::chmod(folder_.c_str(), 0755);
  ASSERT_TRUE(PrepareDataDir({folder_}).ok());
  EXPECT_EQ(ModeOf(folder_), 0700U);
}

TEST_F(DataDirTest, RefusesAFileAndASharedFolderAndLeavesThemAlone) {
  std::ofstream(folder_ / "file") << "x";
  const Status file = PrepareDataDir({folder_ / "file"});
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.error().kind, ErrorKind::kInvalidSpec);
  EXPECT_THAT(file.error().message, HasSubstr("--data-dir"));

  ::chmod(folder_.c_str(), 01777);
  const Status shared = PrepareDataDir({folder_});
  ASSERT_FALSE(shared.ok());
  EXPECT_THAT(shared.error().message, HasSubstr("shared"));
  EXPECT_EQ(ModeOf(folder_), 01777U);
}

TEST_F(DataDirTest, RefusesTheFolderOfSomebodyElse) {
  // Root gives a folder away; anybody else finds that /usr is root's.
  const bool root = ::geteuid() == 0;
  if (root) {
    ASSERT_EQ(::chown(folder_.c_str(), 4711, 4711), 0);
  }
  const Status foreign = PrepareDataDir({root ? folder_ : fs::path("/usr")});
  ASSERT_FALSE(foreign.ok());
  EXPECT_EQ(foreign.error().kind, ErrorKind::kInvalidSpec);
  EXPECT_THAT(foreign.error().message,
              HasSubstr(root ? "belongs to user id 4711" : "belongs to user id 0"));
}

TEST_F(DataDirTest, CountsTheBytesOfAllItsFiles) {
  ASSERT_TRUE(PrepareDataDir({folder_}).ok());
  std::ofstream(folder_ / "one") << "12345";
  std::ofstream(folder_ / "logs" / "two") << "123";
  EXPECT_EQ(DiskUse({folder_}), 8U);
  EXPECT_EQ(DiskUse({folder_ / "nothing"}), 0U);
}

TEST_F(DataDirTest, ComesFromTheFlagOrTheEnvironment) {
  std::istringstream in;
  std::ostringstream out;
  Env env{.in = in, .out = out, .err = out};
  env.home = "/home/u";
  EXPECT_EQ(DataDirOf(env, "").root, "/home/u/.local/share/virtrigaud");
  env.environment["VRTG_DATA_DIR"] = "/data/";
  EXPECT_EQ(DataDirOf(env, "").root, "/data");
  EXPECT_EQ(DataDirOf(env, "~/x").root, "/home/u/x");
  EXPECT_EQ(DataDirOf(env, "y").root, fs::current_path() / "y");
}

}  // namespace
}  // namespace vr::cli
