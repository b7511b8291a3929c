#include "cli/settings.h"

#include <gmock/gmock.h>

#include <fstream>

#include "testing/temp_folder.h"

namespace vr::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr const char* kFile = R"(
contexts:
  development: {kubeconfig: ~/.kube/dev-config, namespace: development, output: yaml, timeout: 30s}
  production: {kubeconfig: ~/.kube/prod-config, namespace: production, output: json, timeout: 60s}
current-context: development
aliases:
  ls: vm list
defaults: {namespace: virtrigaud-system, timeout: 10m, output: table}
providers: {preferred: vsphere-prod}
output: {colors: true, timestamps: true}
)";

ConfigFile File(std::string_view text) {
  const auto file = ParseConfigFile(text);
  EXPECT_TRUE(file.ok()) << (file.ok() ? "" : file.error().message);
  return file.ok() ? *file : ConfigFile{};
}

Settings Resolve(const GlobalFlags& flags, const Environment& environment, const ConfigFile& file) {
  const auto settings = ResolveSettings(flags, environment, file, {"/nowhere", "/nowhere/data"});
  EXPECT_TRUE(settings.ok()) << (settings.ok() ? "" : settings.error().message);
  return settings.ok() ? *settings : Settings{};
}

TEST(Settings, ComeFromTheCurrentContextOfTheFile) {
  const Settings settings = Resolve({}, {}, File(kFile));
  EXPECT_EQ(settings.kubeconfig, "/nowhere/.kube/dev-config");
  EXPECT_EQ(settings.ns, "development");
  EXPECT_EQ(settings.output.kind, OutputKind::kYaml);
  EXPECT_EQ(settings.timeout, std::chrono::seconds(30));
  EXPECT_EQ(settings.preferred_provider, "vsphere-prod");
  EXPECT_TRUE(settings.colors);
  EXPECT_TRUE(settings.timestamps);
}

TEST(Settings, PreferTheEnvironmentToTheFile) {
  const Settings settings = Resolve(
      {}, {{"VRTG_NAMESPACE", "env"}, {"VRTG_OUTPUT", "name"}, {"KUBECONFIG", "/k"}}, File(kFile));
  EXPECT_EQ(settings.ns, "env");
  EXPECT_EQ(settings.output.kind, OutputKind::kName);
  EXPECT_EQ(settings.kubeconfig, "/k");
  EXPECT_EQ(settings.timeout, std::chrono::seconds(30)) << "still from the file";
}

TEST(Settings, PreferFlagsToTheEnvironment) {
  GlobalFlags flags;
  flags.ns = "flag";
  flags.kubeconfig = "~/own";
  const Settings settings =
      Resolve(flags, {{"VRTG_NAMESPACE", "env"}, {"VRTG_KUBECONFIG", "/v"}}, File(kFile));
  EXPECT_EQ(settings.ns, "flag");
  EXPECT_TRUE(settings.ns_from_flag);
  EXPECT_EQ(settings.kubeconfig, "/nowhere/own");
}

TEST(Settings, TakeAnotherContextOfTheFileOrOfTheKubeconfig) {
  GlobalFlags flags;
  flags.context = "production";
  EXPECT_EQ(Resolve(flags, {}, File(kFile)).ns, "production");
  flags.context = "kind-lab";
  const Settings settings = Resolve(flags, {}, File(kFile));
  EXPECT_EQ(settings.kube_context, "kind-lab");
  EXPECT_EQ(settings.ns, "virtrigaud-system") << "from the defaults";
}

TEST(Settings, FindTheKubeconfigOfVrtgUpWhereThereIsNoOther) {
  const vr::testing::TempFolder folder;
  const fs::path& home = folder.path();
  fs::create_directories(home / "data");
  std::ofstream(home / "data" / "kubeconfig") << "{}";
  const auto settings = ResolveSettings({}, {}, {}, {home, home / "data"});
  ASSERT_TRUE(settings.ok());
  EXPECT_EQ(settings->kubeconfig, (home / "data" / "kubeconfig").string());
  EXPECT_EQ(settings->output.kind, OutputKind::kTable);
  EXPECT_EQ(settings->timeout, std::nullopt);
}

TEST(Settings, RefuseWhatNobodyWouldRead) {
  for (const char* text : {"contextz: {}", "defaults: {namespac: x}", "output: {colors: 3}",
                           "providers: {favourite: x}", "[1]"}) {
    const auto file = ParseConfigFile(text);
    ASSERT_FALSE(file.ok()) << text;
    EXPECT_EQ(file.error().kind, ErrorKind::kInvalidSpec);
  }
  GlobalFlags flags;
  flags.output = "xml";
  EXPECT_FALSE(ResolveSettings(flags, {}, {}, {"/nowhere", "/nowhere"}).ok());
  flags = {};
  flags.timeout = "-1s";
  EXPECT_FALSE(ResolveSettings(flags, {}, {}, {"/nowhere", "/nowhere"}).ok());
}

TEST(Settings, NameACurrentContextThatIsNotThere) {
  const auto settings =
      ResolveSettings({}, {}, File("current-context: gone"), {"/nowhere", "/nowhere"});
  ASSERT_FALSE(settings.ok());
  EXPECT_THAT(settings.error().message, HasSubstr("'gone'"));
}

}  // namespace
}  // namespace vr::cli
