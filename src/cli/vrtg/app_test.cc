#include "cli/vrtg/app.h"

#include <gmock/gmock.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "cli/connect.h"
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

TEST_F(AppTest, ShowsItsVersionAndTheHelpOfACommand) {
  EXPECT_EQ(RunVrtg(env_, {"--version"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("vrtg "));
  out_.str("");
  EXPECT_EQ(RunVrtg(env_, {"help", "vm", "create"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("--user-data"));
  out_.str("");
  EXPECT_EQ(RunVrtg(env_, {"help"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("vrtg up --detach"));
  EXPECT_EQ(RunVrtg(env_, {"help", "vm", "lst"}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("did you mean 'list'"));
}

TEST_F(AppTest, NamesAWrongCommand) {
  EXPECT_EQ(RunVrtg(env_, {"vm", "lst"}), kExitUsage);
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("unknown command 'lst'; did you mean 'list'?"),
                                HasSubstr("'vrtg vm --help'")));
}

TEST_F(AppTest, ShowsNoFlagWithTheParsersNotation) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"up", "--help"}, {"vm", "create", "--help"}}) {
    out_.str("");
    EXPECT_EQ(RunVrtg(env_, words), 0);
    EXPECT_THAT(out_.str(), AllOf(HasSubstr("--no-"), Not(HasSubstr("{false}"))));
  }
  EXPECT_EQ(RunVrtg(env_, {"apply", "-f", "x", "--wait", "--no-wait"}), kExitUsage);
}

TEST_F(AppTest, RefusesNamesOfWhatAreNoObjects) {
  EXPECT_EQ(RunVrtg(env_, {"version", "--client", "-o", "name"}), kExitUsage);
  EXPECT_EQ(RunVrtg(env_, {"status", "-o", "name"}), kExitUsage);
  EXPECT_EQ(out_.str(), "");
}

TEST_F(AppTest, DoesNotLetAnExceptionOut) {
  env_.connect = [](const Env&) -> Result<Connection> { throw std::runtime_error("odd"); };
  EXPECT_EQ(RunVrtg(env_, {"vm", "list"}), ExitCode(ErrorKind::kInternal));
  EXPECT_THAT(err_.str(), HasSubstr("error: odd"));
}

TEST_F(AppTest, ReportsAnOutputThatCannotBeWritten) {
  out_.setstate(std::ios::badbit);
  env_.out_error = [] { return ENOSPC; };
  EXPECT_EQ(RunVrtg(env_, {"version", "--client"}), ExitCode(ErrorKind::kInvalidSpec));
  EXPECT_THAT(err_.str(), HasSubstr("cannot write the output: No space left"));
}

TEST_F(AppTest, IsQuietWhenTheReaderOfItsOutputWentAway) {
  out_.setstate(std::ios::badbit);
  env_.out_error = [] { return EPIPE; };
  EXPECT_EQ(RunVrtg(env_, {"version", "--client"}), kExitBrokenPipe);
  EXPECT_EQ(RunVrtg(env_, {"vm", "list"}), kExitBrokenPipe) << "whatever else went wrong then";
  EXPECT_EQ(err_.str(), "");
}

TEST_F(AppTest, MissesLocalFilesWithoutAHintAboutObjects) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"apply", "-f", "/nope"},
                                                {"--config", "/nope", "vm", "list"},
                                                {"restore", "/nope", "--data-dir", "/nowhere/x"}}) {
    err_.str("");
    EXPECT_EQ(RunVrtg(env_, words), ExitCode(ErrorKind::kNotFound)) << words[0];
    EXPECT_THAT(err_.str(), AllOf(HasSubstr("/nope"), Not(HasSubstr("namespace"))));
  }
  env_.connect = ConnectByKubeconfig;
  EXPECT_EQ(RunVrtg(env_, {"vm", "list", "--kubeconfig", "/nope"}), ExitCode(ErrorKind::kNotFound));
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
