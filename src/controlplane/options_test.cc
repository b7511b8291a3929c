#include "controlplane/options.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace vr::controlplane {
namespace {

TEST(Options, RefuseWhatIsMisspelt) {
  EXPECT_TRUE(CheckWriteOptions({{"dryRun", "Some"}}, "CreateOptions", false).has_value());
  EXPECT_TRUE(CheckWriteOptions({{"fieldValidation", "x"}}, "UpdateOptions", false).has_value());
  EXPECT_TRUE(CheckWriteOptions({{"force", "true"}}, "PatchOptions", false).has_value());
  EXPECT_TRUE(CheckWriteOptions({}, "PatchOptions", true).has_value());  // no fieldManager
  EXPECT_TRUE(CheckDeleteOptions({}, {{"propagationPolicy", "Sideways"}}).has_value());
  EXPECT_TRUE(CheckGetOptions({{"resourceVersion", "new"}}).has_value());
  EXPECT_TRUE(CheckListOptions({{"limit", "many"}}, false).has_value());
  EXPECT_TRUE(CheckListOptions({{"resourceVersionMatch", "Exact"}}, false).has_value());
  EXPECT_TRUE(CheckListOptions({{"sendInitialEvents", "true"}}, true).has_value());
}

TEST(Options, TakeWhatIsRight) {
  EXPECT_FALSE(CheckWriteOptions({{"dryRun", "All"}}, "CreateOptions", false).has_value());
  EXPECT_FALSE(CheckWriteOptions({{"fieldManager", "a"}, {"force", "true"}}, "PatchOptions", true)
                   .has_value());
  EXPECT_FALSE(CheckDeleteOptions({{"propagationPolicy", "Orphan"}}, nullptr).has_value());
  EXPECT_FALSE(CheckListOptions({{"limit", "5"}, {"resourceVersion", "0"}}, false).has_value());
  EXPECT_FALSE(CheckListOptions(
                   {{"sendInitialEvents", "true"}, {"resourceVersionMatch", "NotOlderThan"}}, true)
                   .has_value());
}

}  // namespace
}  // namespace vr::controlplane
