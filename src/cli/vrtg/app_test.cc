#include "cli/vrtg/app.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "cli/exit_code.h"
#include "cli/vrtg/command_line.h"

namespace vr::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class AppTest : public ::testing::Test {
 protected:
  AppTest() {
    env_.home = "/nowhere";
    env_.connect = [](const Env&) -> Result<Connection> {
      return Error{ErrorKind::kUnavailable, "no server here", {}};
    };
  }

  std::istringstream in_;
  std::ostringstream out_, err_;
  Env env_{.in = in_, .out = out_, .err = err_};
};

TEST_F(AppTest, HelpsUnderTheNameItWasCalledBy) {
  EXPECT_EQ(RunVrtg(env_, {"--help"}), 0);
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("vrtg up --detach"), Not(HasSubstr("kubectl virt"))));
  out_.str("");
  env_.name = "kubectl virtrigaud";
  EXPECT_EQ(RunVrtg(env_, {"vm", "list", "--help"}), 0);
  EXPECT_THAT(out_.str(),
              AllOf(HasSubstr("kubectl virtrigaud vm list -A"), Not(HasSubstr("  vrtg "))));
}

TEST_F(AppTest, GivesAnErrorItsExitCodeAndAHint) {
  EXPECT_EQ(RunVrtg(env_, {"vm", "list"}), ExitCode(ErrorKind::kUnavailable));
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("error: no server here"), HasSubstr("hint: ")));
  EXPECT_EQ(RunVrtg(env_, {"vm", "lisst"}), kExitUsage);
}

TEST_F(AppTest, LeavesTheHintOutWhereTheErrorNamesTheCommand) {
  EXPECT_EQ(RunVrtg(env_, {"status", "--data-dir", "/nowhere/at/all"}),
            ExitCode(ErrorKind::kUnavailable));
  EXPECT_THAT(err_.str(),
              AllOf(HasSubstr("'vrtg up --data-dir /nowhere/at/all'"), Not(HasSubstr("hint: "))));
}

std::string Reference() {
  std::ifstream in(VR_CLI_REFERENCE);
  return {std::istreambuf_iterator<char>(in), {}};
}

void ExpectListed(const CLI::App& app, const std::string& path, const std::string& reference) {
  for (const CLI::App* command : app.get_subcommands({})) {
    const std::string name = path + " " + command->get_name();
    if (command->get_subcommands({}).empty()) {
      EXPECT_THAT(reference, HasSubstr("| `" + name)) << "docs/reference/cli.md lacks " << name;
    }
    ExpectListed(*command, name, reference);
  }
}

TEST_F(AppTest, IsDescribedInTheReferenceCommandByCommand) {
  CommandLine line(env_);
  AddCommands(line);
  ExpectListed(line.app, "vrtg", Reference());
}

TEST(ExitCode, IsDescribedInTheReference) {
  const std::string reference = Reference();
  for (const ErrorKind kind : AllErrorKinds()) {
    EXPECT_THAT(reference, HasSubstr("| " + std::to_string(ExitCode(kind)) + " | " +
                                     std::string(ToString(kind)) + " |"));
  }
}

}  // namespace
}  // namespace vr::cli
