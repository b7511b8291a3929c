#include "controlplane/control_plane.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace vr::controlplane {
namespace {

namespace fs = std::filesystem;

class ControlPlaneTest : public ::testing::Test {
 protected:
  void SetUp() override { fs::remove_all(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  const fs::path folder_ =
      fs::path(::testing::TempDir()) / ("control_plane_test_" + std::to_string(::getpid()));
};

TEST_F(ControlPlaneTest, KeepsEverythingFromOtherUsers) {
  const auto plane = ControlPlane::Start({.data_dir = folder_});
  ASSERT_TRUE(plane.ok()) << plane.error().message;
  constexpr fs::perms kOthers = fs::perms::group_all | fs::perms::others_all;
  EXPECT_EQ(fs::status(folder_).permissions() & kOthers, fs::perms::none);
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
    EXPECT_EQ(entry.status().permissions() & kOthers, fs::perms::none) << entry.path();
    files += entry.is_regular_file() ? 1 : 0;
  }
  EXPECT_GE(files, 5) << "kubeconfig, token, address, state.db, keys";
}

TEST_F(ControlPlaneTest, ServesAtTheSameAddressAgain) {
  std::string url;
  for (int run = 0; run < 2; ++run) {
    const auto plane = ControlPlane::Start({.data_dir = folder_});
    ASSERT_TRUE(plane.ok()) << plane.error().message;
    if (run == 0) url = (*plane)->url();
    EXPECT_EQ((*plane)->url(), url);
  }
}

TEST_F(ControlPlaneTest, RefusesAFolderInUseAndATakenPort) {
  const auto first = ControlPlane::Start({.data_dir = folder_});
  ASSERT_TRUE(first.ok()) << first.error().message;
  EXPECT_FALSE(ControlPlane::Start({.data_dir = folder_}).ok());
  const std::string taken = (*first)->url().substr(std::string("https://").size());
  const auto second = ControlPlane::Start({.data_dir = folder_ / "other", .listen = taken});
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().message.find(taken), std::string::npos) << second.error().message;
}

}  // namespace
}  // namespace vr::controlplane
