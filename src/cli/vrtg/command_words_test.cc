#include "cli/vrtg/command_words.h"

#include <gmock/gmock.h>

#include <sstream>

#include "cli/vrtg/command_line.h"

namespace vr::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CommandWordsTest : public ::testing::Test {
 protected:
  CommandWordsTest() {
    line_.app.add_option("-n,--namespace", flags_.ns);
    line_.app.add_option("-o,--output", flags_.output);
    AddCommands(line_);
  }
  std::vector<std::string> Expanded(std::vector<std::string> words) {
    return ExpandAlias(line_.app, std::move(words), aliases_).value();
  }
  std::string Problem(const std::vector<std::string>& words) {
    const Status known = CheckCommandWords(line_.app, words, aliases_);
    return known.ok() ? "" : known.error().message;
  }

  std::istringstream in_;
  std::ostringstream out_;
  Env env_{.in = in_, .out = out_, .err = out_};
  CommandLine line_{env_};
  GlobalFlags flags_;
  const Aliases aliases_ = {{"ls", "vm list"}, {"me", "me"}, {"none", " "}, {"bad", "vm lst"}};
};

TEST_F(CommandWordsTest, AnAliasCountsAfterFlagsToo) {
  EXPECT_THAT(Expanded({"ls", "-A"}), ElementsAre("vm", "list", "-A"));
  EXPECT_THAT(Expanded({"-n", "default", "ls"}), ElementsAre("-n", "default", "vm", "list"));
  EXPECT_THAT(Expanded({"--output=json", "-ndefault", "ls", "-A"}),
              ElementsAre("--output=json", "-ndefault", "vm", "list", "-A"));
}

TEST_F(CommandWordsTest, AnAliasCountsOnlyInThePlaceOfTheCommand) {
  EXPECT_THAT(Expanded({"vm", "ls"}), ElementsAre("vm", "ls"));
  EXPECT_THAT(Expanded({"-n", "ls", "vm", "list"}), ElementsAre("-n", "ls", "vm", "list"));
  EXPECT_THAT(Expanded({"vm", "get", "ls"}), ElementsAre("vm", "get", "ls"));
}

TEST_F(CommandWordsTest, NamesAWrongCommandAndTheNearest) {
  EXPECT_EQ(Problem({"vm", "lst"}), "unknown command 'lst'; did you mean 'list'?");
  EXPECT_THAT(Problem({"foo"}), HasSubstr("unknown command 'foo'; there are "));
  EXPECT_EQ(Problem({"stats", "-o", "json"}), "unknown command 'stats'; did you mean 'status'?");
  EXPECT_EQ(Problem({"-n", "x", "vm", "get", "lst"}), "") << "a name";
}

TEST_F(CommandWordsTest, NamesAnAliasThatLeadsNowhere) {
  EXPECT_THAT(Problem(Expanded({"me"})), HasSubstr("unknown command 'me'"));
  EXPECT_EQ(Problem(Expanded({"bad"})), "unknown command 'lst'; did you mean 'list'?");
  EXPECT_THAT(ExpandAlias(line_.app, {"none"}, aliases_).error().message,
              HasSubstr("'none' stands for nothing"));
}

}  // namespace
}  // namespace vr::cli
