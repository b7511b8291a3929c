#include "base/base64.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vr {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Base64, AgreesWithTheExamplesOfTheStandard) {
  const std::pair<std::string, std::string> cases[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(EncodeBase64(bytes), text);
    EXPECT_EQ(DecodeBase64(text).value(), bytes);
  }
}

TEST(Base64, CarriesEveryByte) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  EXPECT_EQ(DecodeBase64(EncodeBase64(bytes)).value(), bytes);
}

TEST(Base64, SkipsLineBreaks) { EXPECT_EQ(DecodeBase64("Zm9v\nYmFy\r\n").value(), "foobar"); }

TEST(Base64, RefusesOtherTextWithoutShowingIt) {
  for (const char* text : {"Zg", "Zg=", "Z", "Zg===", "=", "Z!==", "Zg==Zg==", "Zm9v="}) {
    const auto bytes = DecodeBase64(text);
    ASSERT_FALSE(bytes.ok()) << text;
    EXPECT_EQ(bytes.error().kind, ErrorKind::kInvalidSpec);
  }
  EXPECT_THAT(DecodeBase64("c2VjcmV0!").error().message, HasSubstr("at character 9"));
  EXPECT_THAT(DecodeBase64("c2VjcmV0!").error().message, Not(HasSubstr("c2V")));
}

}  // namespace
}  // namespace vr
