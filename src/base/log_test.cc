#include "base/log.h"

#include <gtest/gtest.h>

#include <vector>

namespace vr {
namespace {

class LogTest : public ::testing::Test {
 protected:
  void Use(LogFormat format, LogLevel level = LogLevel::kInfo) {
    ConfigureLog(
        {.level = level, .format = format, .sampling = true, .sink = [this](std::string_view line) {
           lines_.emplace_back(line);
         }});
  }
  ~LogTest() override { ConfigureLog({}); }

  std::vector<std::string> lines_;
};

TEST_F(LogTest, WritesJsonWithTheFieldsOfTheContext) {
  Use(LogFormat::kJson);
  LogInfo(Context().WithField("object", "default/web"), "Creating VM", {{"provider", "lab \"1\""}});
  ASSERT_EQ(lines_.size(), 1U);
  EXPECT_NE(
      lines_[0].find(
          R"("level":"info","msg":"Creating VM","object":"default/web","provider":"lab \"1\"")"),
      std::string::npos)
      << lines_[0];
}

TEST_F(LogTest, LeavesOutWhatIsBelowTheLevel) {
  Use(LogFormat::kConsole, LogLevel::kWarn);
  LogInfo(Context(), "quiet");
  LogWarn(Context(), "loud");
  ASSERT_EQ(lines_.size(), 1U);
  EXPECT_NE(lines_[0].find("loud"), std::string::npos);
}

TEST_F(LogTest, NeverShowsASecret) {
  Use(LogFormat::kJson);
  LogError(Context(), "call failed: password=hunter2",
           {{"token", "abc"}, {"url", "https://u:pw1@h/"}});
  ASSERT_EQ(lines_.size(), 1U);
  for (const char* secret : {"hunter2", "abc", "pw1"})
    EXPECT_EQ(lines_[0].find(secret), std::string::npos) << secret;
}

TEST_F(LogTest, SamplesAFloodOfEqualMessagesButNoErrors) {
  Use(LogFormat::kJson);
  for (int i = 0; i < 300; ++i) LogInfo(Context(), "same");
  EXPECT_LT(lines_.size(), 300U);
  lines_.clear();
  for (int i = 0; i < 300; ++i) LogError(Context(), "same");
  EXPECT_EQ(lines_.size(), 300U);
}

TEST(LogOptions, ParsesDocumentedSpellings) {
  EXPECT_EQ(ParseLogLevel("warning").value(), LogLevel::kWarn);
  EXPECT_EQ(ParseLogFormat("console").value(), LogFormat::kConsole);
  EXPECT_FALSE(ParseLogLevel("loud").ok());
  EXPECT_FALSE(ParseLogFormat("xml").ok());
}

}  // namespace
}  // namespace vr
