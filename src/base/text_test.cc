#include "base/text.h"

#include <gtest/gtest.h>

#include <vector>

namespace vr {
namespace {

TEST(Text, IsTrimmedAtBothEndsOnly) {
  EXPECT_EQ(Trimmed(" \t a b\r\n"), "a b");
  EXPECT_EQ(Trimmed(" \n"), "");
  EXPECT_EQ(Trimmed(""), "");
}

TEST(Text, BecomesLowercaseInAsciiAlone) {
  EXPECT_EQ(Lowercase("SHA-256_Z"), "sha-256_z");
  EXPECT_EQ(Lowercase("\xC3\x84"), "\xC3\x84");
}

TEST(Text, IsJoinedWithSeparatorsBetweenItems) {
  EXPECT_EQ(Joined(std::vector<std::string>{"a", "", "c"}, ", "), "a, , c");
  EXPECT_EQ(Joined(std::vector<std::string>{"", "b"}, ","), ",b");
  EXPECT_EQ(Joined(std::vector<std::string>{}, ","), "");
}

}  // namespace
}  // namespace vr
