#include "base/utf8.h"

#include <gtest/gtest.h>

namespace vr {
namespace {

TEST(Utf8, TakesEveryLengthOfCharacter) {
  EXPECT_TRUE(IsUtf8(""));
  EXPECT_TRUE(IsUtf8("plain"));
  EXPECT_TRUE(IsUtf8("\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x92\xBB"));
  EXPECT_TRUE(IsUtf8("\xF4\x8F\xBF\xBF")) << "the last code point";
}

TEST(Utf8, RefusesWhatIsNone) {
  for (const char* text : {"\x80", "\xC3", "\xE2\x82", "a\xFF", "\xC3(", "\xF8\x88\x80\x80\x80"})
    EXPECT_FALSE(IsUtf8(text)) << text;
  EXPECT_FALSE(IsUtf8("\xC0\xAF")) << "overlong";
  EXPECT_FALSE(IsUtf8("\xED\xA0\x80")) << "a surrogate";
  EXPECT_FALSE(IsUtf8("\xF4\x90\x80\x80")) << "beyond the last code point";
}

}  // namespace
}  // namespace vr
