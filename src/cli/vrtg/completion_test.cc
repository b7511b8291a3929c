#include "cli/vrtg/completion.h"

#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/process.h"
#include "cli/vrtg/app.h"
#include "testing/fake_clock.h"
#include "testing/in_memory_control_plane.h"
#include "testing/temp_folder.h"

namespace vr::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

class CompletionTest : public ::testing::Test {
 protected:
  CompletionTest() {
    env_.home = folder_.path();
    env_.connect = [this](const Env&) -> Result<Connection> {
      if (!reachable_) return Error{ErrorKind::kUnavailable, "nobody there", {}};
      return Connection{.client = {std::shared_ptr<void>(), &plane_.client()}};
    };
    EXPECT_TRUE(plane_
                    .Create({{"apiVersion", "infra.virtrigaud.io/v1beta1"},
                             {"kind", "VMClass"},
                             {"metadata", {{"name", "small"}}},
                             {"spec", {{"cpu", 1}, {"memory", "1Gi"}}}})
                    .ok());
  }
  std::string Complete(std::vector<std::string> words) {
    out_.str("");
    words.insert(words.begin(), {"__complete", "--"});
    EXPECT_EQ(RunVrtg(env_, std::move(words)), 0);
    EXPECT_EQ(err_.str(), "");
    return out_.str();
  }

  vr::testing::TempFolder folder_;
  vr::testing::FakeClock clock_;
  vr::testing::InMemoryControlPlane plane_{clock_};
  bool reachable_ = true;
  std::istringstream in_;
  std::ostringstream out_, err_;
  Env env_{.in = in_, .out = out_, .err = err_, .clock = clock_};
};

TEST_F(CompletionTest, OffersTheValuesOfFlagsThatAreFixed) {
  EXPECT_EQ(Complete({"vm", "list", "-o", "j"}), "json\njsonpath=\n");
  EXPECT_EQ(Complete({"vm", "list", "--output=y"}), "--output=yaml\n");
  EXPECT_EQ(Complete({"vm", "list", "--output", "=", "y"}), "yaml\n") << "bash's words";
  EXPECT_EQ(Complete({"vm", "list", "--output", "="}),
            "json\njsonpath=\nname\ntable\nwide\nyaml\n");
  EXPECT_EQ(Complete({"vm", "create", "web", "--power", "Off"}), "Off\nOffGraceful\n");
  EXPECT_EQ(Complete({"vm", "list", "--sort-by", "ph"}), "phase\n");
}

TEST_F(CompletionTest, AsksTheServerForNamesAndIsSilentWithoutOne) {
  EXPECT_EQ(Complete({"-n", "def"}), "default\n");
  EXPECT_EQ(Complete({"vm", "create", "web", "--class", ""}), "small\n");
  reachable_ = false;
  EXPECT_EQ(Complete({"-n", "def"}), "");
  EXPECT_EQ(Complete({"vm", "get", ""}), "");
}

TEST_F(CompletionTest, LeavesFilesToTheShell) {
  EXPECT_EQ(Complete({"apply", "-f", "x"}), ":files\n");
  EXPECT_EQ(Complete({"restore", ""}), ":files\n");
  EXPECT_EQ(Complete({"vm", "list", "--timeout", ""}), "") << "neither a file nor a list";
}

TEST_F(CompletionTest, KnowsAliases) {
  std::ofstream(folder_.path() / "config.yaml") << "aliases: {listing: vm list}\n";
  env_.environment["VRTG_CONFIG"] = (folder_.path() / "config.yaml").string();
  EXPECT_THAT(Complete({"li"}), HasSubstr("listing\n"));
  EXPECT_EQ(Complete({"listing", "--sort-by", "ph"}), "phase\n");
}

TEST_F(CompletionTest, TheScriptOfBashFillsInWhatItIsTold) {
  ASSERT_TRUE(PrintCompletionScript(env_, "bash").ok());
  const std::string script =
      out_.str() +
      "vrtg() { if [[ ${*: -1} == f* ]]; then echo :files; else printf '%s\\n' \"$@\"; fi; }\n"
      "COMP_WORDS=(vrtg vm list); COMP_CWORD=2; _vrtg; printf '<%s>' \"${COMPREPLY[@]}\"\n"
      "COMP_WORDS=(vrtg apply -f f); COMP_CWORD=3; _vrtg; echo \"files:${#COMPREPLY[@]}\"\n"
      "complete -p vrtg\n";
  const auto ran = RunProcess(Context().WithTimeout(std::chrono::seconds(30)),
                              {.argv = {"bash", "--norc", "-c", script}});
  ASSERT_TRUE(ran.ok()) << ran.error().message;
  EXPECT_EQ(ran->err, "");
  EXPECT_THAT(ran->out, AllOf(HasSubstr("<__complete><--><vm><list>"), HasSubstr("files:0"),
                              HasSubstr("complete -F _vrtg vrtg")));
}

TEST_F(CompletionTest, NoScriptOffersFilesWhereNoneBelong) {
  for (const char* shell : {"bash", "zsh", "fish", "powershell"}) {
    out_.str("");
    ASSERT_TRUE(PrintCompletionScript(env_, shell).ok());
    EXPECT_THAT(out_.str(), AllOf(HasSubstr(":files"), Not(HasSubstr("complete -o default"))));
  }
}

}  // namespace
}  // namespace vr::cli
