#include "kube/exec_plugin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "testing/fake_clock.h"

namespace vr::kube {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kV1 = "client.authentication.k8s.io/v1";

// A plug-in that is a script; each run adds a line to the file `runs`.
class ExecPluginTest : public ::testing::Test {
 protected:
  ExecPluginTest() { fs::create_directories(folder_); }
  ~ExecPluginTest() override { fs::remove_all(folder_); }

  std::shared_ptr<ExecPlugin> Plugin(const std::string& script, KubeconfigExec settings = {}) {
    settings.api_version = kV1;
    settings.command = "sh";
    settings.args = {"-c", "echo run >> \"$DIR/runs\"; " + script};
    settings.env["DIR"] = folder_.string();
    return ExecPlugin::Make(settings, folder_, Json{{"server", "https://h"}}).value();
  }
  static std::string Print(const Json& status) {
    return "printf '%s' '" +
           Json{{"apiVersion", kV1}, {"kind", "ExecCredential"}, {"status", status}}.dump() + "'";
  }
  int Runs() const {
    std::ifstream in(folder_ / "runs");
    return static_cast<int>(std::count(std::istreambuf_iterator<char>(in), {}, '\n'));
  }
  Context Ctx() const { return Context({}, clock_); }

  const fs::path folder_ =
      fs::path(::testing::TempDir()) /
      ("exec_plugin_" +
       std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
  testing::FakeClock clock_;
};

TEST_F(ExecPluginTest, RunsOnceForACredentialWithoutExpiry) {
  const auto plugin = Plugin(Print({{"token", "abc"}}));
  EXPECT_EQ(plugin->Get(Ctx()).value().token, "abc");
  clock_.Advance(std::chrono::hours(1000));
  EXPECT_EQ(plugin->Get(Ctx()).value().token, "abc");
  EXPECT_EQ(Runs(), 1);
}

TEST_F(ExecPluginTest, RunsAgainOnceTheCredentialHasExpired) {
  const auto plugin =
      Plugin(Print({{"token", "abc"}, {"expirationTimestamp", "2026-01-01T01:00:00Z"}}));
  ASSERT_TRUE(plugin->Get(Ctx()).ok());
  clock_.Advance(std::chrono::minutes(59));
  ASSERT_TRUE(plugin->Get(Ctx()).ok());
  EXPECT_EQ(Runs(), 1);
  clock_.Advance(std::chrono::minutes(1));
  ASSERT_TRUE(plugin->Get(Ctx()).ok());
  EXPECT_EQ(Runs(), 2);
}

TEST_F(ExecPluginTest, RunsAgainAfterTheServerRefusedTheCredentialThatItHas) {
  const auto plugin = Plugin(Print({{"token", "abc"}}));
  const ExecCredential credential = plugin->Get(Ctx()).value();
  plugin->Refuse({.token = "another", .cert_pem = {}, .key_pem = {}, .expires = {}});
  ASSERT_TRUE(plugin->Get(Ctx()).ok());
  EXPECT_EQ(Runs(), 1);
  plugin->Refuse(credential);
  ASSERT_TRUE(plugin->Get(Ctx()).ok());
  EXPECT_EQ(Runs(), 2);
}

TEST_F(ExecPluginTest, TellsThePlugInWhatItIsFor) {
  KubeconfigExec settings;
  settings.provide_cluster_info = true;
  const auto plugin =
      Plugin("printf '%s' \"$KUBERNETES_EXEC_INFO\" > \"$DIR/info\"; " + Print({{"token", "t"}}),
             settings);
  ASSERT_TRUE(plugin->Get(Ctx()).ok());
  std::ifstream in(folder_ / "info");
  EXPECT_EQ(Json::parse(in),
            (Json{{"apiVersion", kV1},
                  {"kind", "ExecCredential"},
                  {"spec", {{"interactive", false}, {"cluster", {{"server", "https://h"}}}}}}));
}

TEST_F(ExecPluginTest, FindsARelativeCommandBesideTheKubeconfig) {
  std::ofstream(folder_ / "get-token") << "#!/bin/sh\n" << Print({{"token", "here"}}) << "\n";
  fs::permissions(folder_ / "get-token", fs::perms::owner_all);
  KubeconfigExec settings;
  settings.api_version = kV1;
  settings.command = "./get-token";
  const auto plugin = ExecPlugin::Make(settings, folder_, nullptr).value();
  const auto credential = plugin->Get(Ctx());
  ASSERT_TRUE(credential.ok()) << credential.error().message;
  EXPECT_EQ(credential->token, "here");
}

TEST_F(ExecPluginTest, GivesTheInstallHintWhenThePlugInIsMissing) {
  KubeconfigExec settings;
  settings.api_version = kV1;
  settings.command = "vr-no-such-plugin";
  settings.install_hint = "Install it from https://example.org";
  const auto credential = ExecPlugin::Make(settings, folder_, nullptr).value()->Get(Ctx());
  ASSERT_FALSE(credential.ok());
  EXPECT_EQ(credential.error().kind, ErrorKind::kInvalidSpec);
  EXPECT_THAT(credential.error().message,
              AllOf(HasSubstr("vr-no-such-plugin"), HasSubstr("Install it from")));
}

TEST_F(ExecPluginTest, AFailureCarriesWhatThePlugInSaidWithoutItsSecrets) {
  const auto credential = Plugin("echo 'password=hunter2 please log in' >&2; exit 7")->Get(Ctx());
  ASSERT_FALSE(credential.ok());
  EXPECT_EQ(credential.error().kind, ErrorKind::kUnauthorized);
  EXPECT_THAT(
      credential.error().message,
      AllOf(HasSubstr("exit code 7"), HasSubstr("please log in"), Not(HasSubstr("hunter2"))));
}

TEST_F(ExecPluginTest, EndsWithTheContext) {
  const auto plugin = Plugin("sleep 600");
  const Context ctx = Context().WithTimeout(std::chrono::milliseconds(30));
  EXPECT_EQ(plugin->Get(ctx).error().kind, ErrorKind::kTimeout);
}

TEST(ExecPlugin, RefusesSettingsThatCannotWork) {
  const auto error = [](const KubeconfigExec& settings) {
    const auto plugin = ExecPlugin::Make(settings, "/", nullptr);
    return plugin.ok() ? std::string("accepted") : plugin.error().message;
  };
  KubeconfigExec settings;
  settings.api_version = kV1;
  EXPECT_THAT(error(settings), HasSubstr("exec.command"));
  settings.command = "x";
  EXPECT_EQ(error(settings), "accepted");
  settings.interactive_mode = "Always";
  EXPECT_THAT(error(settings), HasSubstr("no terminal"));
  settings.interactive_mode = "Maybe";
  EXPECT_THAT(error(settings), HasSubstr("exec.interactiveMode 'Maybe'"));
  settings.interactive_mode = "";
  settings.api_version = "client.authentication.k8s.io/v1alpha1";
  EXPECT_THAT(error(settings), HasSubstr("exec.apiVersion"));
}

TEST(ParseExecCredential, RefusesAnswersThatAreNone) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "not a JSON object"},
      {"[]", "not a JSON object"},
      {R"({"kind":"Pod"})", "not an ExecCredential"},
      {R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1"})",
       "version 'client.authentication.k8s.io/v1beta1'"},
      {R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1"})",
       "has no status"},
      {R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{}})",
       "neither a token nor"},
      {R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1",
           "status":{"clientCertificateData":"x"}})",
       "together"},
      {R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1",
           "status":{"token":"t","expirationTimestamp":"soon"}})",
       "not RFC 3339"}};
  for (const auto& [text, expected] : cases) {
    const auto credential = ParseExecCredential(text, kV1);
    ASSERT_FALSE(credential.ok()) << text;
    EXPECT_THAT(credential.error().message, HasSubstr(expected));
  }
}

}  // namespace
}  // namespace vr::kube
