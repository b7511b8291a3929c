#include "base/process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace vr {
namespace {

using ::testing::HasSubstr;

// The tests may use a shell to play the other program; the code under test never does.
ProcessRequest Script(const std::string& script) { return {.argv = {"sh", "-c", script}}; }

TEST(RunProcess, ReturnsOutputErrorsAndExitCode) {
  const auto result = RunProcess(Context(), Script("echo out; echo err >&2; exit 3"));
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->out, "out\n");
  EXPECT_EQ(result->err, "err\n");
  EXPECT_EQ(result->exit_code, 3);
}

TEST(RunProcess, PassesArgumentsAsTheyAre) {
  const auto result =
      RunProcess(Context(), {.argv = {"printf", "%s|", "a b", "$HOME", "`id`", ";x", ""}});
  EXPECT_EQ(result.value().out, "a b|$HOME|`id`|;x||");
}

TEST(RunProcess, AddsToTheEnvironmentAndReplacesInIt) {
  ProcessRequest request = Script("echo \"$HOME|$VR_PROCESS_TEST|${PATH:+path}\"");
  request.env = {{"HOME", "/elsewhere"}, {"VR_PROCESS_TEST", "a=b"}};
  EXPECT_EQ(RunProcess(Context(), request).value().out, "/elsewhere|a=b|path\n");
}

TEST(RunProcess, GivesAnEmptyInput) {
  EXPECT_EQ(RunProcess(Context(), {.argv = {"cat"}}).value().out, "");
}

TEST(RunProcess, ReportsWhatCannotBeStarted) {
  const auto missing = RunProcess(Context(), {.argv = {"vr-no-such-program"}});
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(missing.error().message, HasSubstr("vr-no-such-program"));
  EXPECT_EQ(RunProcess(Context(), {.argv = {"/etc"}}).error().kind, ErrorKind::kUnauthorized);
  EXPECT_EQ(RunProcess(Context(), {}).error().kind, ErrorKind::kInvalidSpec);
  EXPECT_EQ(RunProcess(Context(), {.argv = {"echo", std::string("a\0b", 3)}}).error().kind,
            ErrorKind::kInvalidSpec);
}

TEST(RunProcess, ReportsASignalAsTheShellDoes) {
  EXPECT_EQ(RunProcess(Context(), Script("kill -TERM $$")).value().exit_code, 128 + 15);
}

TEST(RunProcess, KillsAProgramThatTakesTooLong) {
  const Context ctx = Context().WithTimeout(std::chrono::milliseconds(50));
  const auto result = RunProcess(ctx, Script("sleep 600 & sleep 600"));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, ErrorKind::kTimeout);
}

TEST(RunProcess, AStopEndsItAtOnce) {
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_EQ(RunProcess(Context(stop.get_token()), {.argv = {"sleep", "600"}}).error().kind,
            ErrorKind::kCancelled);
}

TEST(RunProcess, DoesNotWaitForGrandchildrenThatKeepThePipes) {
  const auto result = RunProcess(Context(), Script("sleep 5 & echo $!"));
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->exit_code, 0);
  ASSERT_TRUE(RunProcess(Context(), Script("kill " + result->out)).ok());
}

TEST(RunProcess, TakesMuchOutputButNotTooMuch) {
  ProcessRequest request = Script("head -c 300000 /dev/zero");
  EXPECT_EQ(RunProcess(Context(), request).value().out.size(), 300'000U);
  request.max_output_bytes = 299'999;
  EXPECT_EQ(RunProcess(Context(), request).error().kind, ErrorKind::kQuotaExceeded);
}

}  // namespace
}  // namespace vr
