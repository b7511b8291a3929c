#include "base/random.h"

#include <gtest/gtest.h>

namespace vr {
namespace {

TEST(RandomHex, HasTwoDigitsForEachByteAndIsNeverTheSame) {
  const std::string one = RandomHex(32);
  EXPECT_EQ(one.size(), 64);
  EXPECT_EQ(one.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_NE(one, RandomHex(32));
  EXPECT_EQ(RandomHex(0), "");
}

}  // namespace
}  // namespace vr
