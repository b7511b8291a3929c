#include "cli/local/run_lock.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace vr::cli {
namespace {

namespace fs = std::filesystem;

TEST(RunLock, IsHeldByOneAtATimeAndGivenBack) {
  const fs::path path =
      fs::path(::testing::TempDir()) / ("run_lock_test_" + std::to_string(::getpid()) + ".lock");
  fs::remove(path);
  EXPECT_FALSE(RunLock::IsHeld(path)) << "there is no file yet";
  {
    const auto lock = RunLock::Take(path);
    ASSERT_TRUE(lock.ok()) << lock.error().message;
    EXPECT_TRUE(RunLock::IsHeld(path));
    const auto second = RunLock::Take(path);
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().kind, ErrorKind::kConflict);
    EXPECT_TRUE(RunLock::IsHeld(path)) << "neither looking nor trying may take it away";
  }
  EXPECT_TRUE(fs::exists(path)) << "the file stays, and means nothing";
  EXPECT_FALSE(RunLock::IsHeld(path));
  EXPECT_TRUE(RunLock::Take(path).ok());
  fs::remove(path);
}

TEST(RunLock, SaysWhatItCannotOpen) {
  const auto lock = RunLock::Take("/nowhere/at/all.lock");
  ASSERT_FALSE(lock.ok());
  EXPECT_EQ(lock.error().kind, ErrorKind::kInvalidSpec);
  EXPECT_NE(lock.error().message.find("/nowhere/at/all.lock"), std::string::npos);
}

}  // namespace
}  // namespace vr::cli
