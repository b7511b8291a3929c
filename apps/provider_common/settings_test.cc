#include "provider_common/settings.h"

#include <gtest/gtest.h>

#include <map>

namespace vr::apps {
namespace {

const ProviderDescription kMock{.program = "provider",
                                .type = "mock",
                                .summary = "a test",
                                .variables = {{"MOCK_SEED", "1", "luck"}},
                                .example = "provider"};

Result<ProviderSettings> Read(const std::vector<std::string>& arguments,
                              const std::map<std::string, std::string>& variables = {}) {
  const Environment environment = [&](const std::string& name) {
    const auto it = variables.find(name);
    return it == variables.end() ? std::string() : it->second;
  };
  return ReadSettings(arguments, environment, kMock);
}

TEST(ProviderSettings, ListensWhereItIsToldTo) {
  EXPECT_EQ(Read({})->server.address, "0.0.0.0:9443");
  EXPECT_EQ(Read({}, {{"GRPC_PORT", "1"}})->server.address, "0.0.0.0:1");
  EXPECT_EQ(Read({}, {{"GRPC_PORT", "1"}, {"PROVIDER_LISTEN", "unix:/run/p"}})->server.address,
            "unix:/run/p");
  EXPECT_EQ(Read({"--grpc-addr=:9090"}, {{"PROVIDER_LISTEN", "unix:/run/p"}})->server.address,
            "0.0.0.0:9090");
  EXPECT_EQ(Read({"--port", "7"})->server.address, "0.0.0.0:7");
  EXPECT_EQ(Read({"--metrics-addr=127.0.0.1:0"})->ops_address, "127.0.0.1:0");
  EXPECT_EQ(Read({}, {{"HEALTH_PORT", "8080"}})->ops_address, "0.0.0.0:8080");
  EXPECT_EQ(Read({})->ops_address, "");
}

TEST(ProviderSettings, IsPlaintextOnlyWhenItIsToldTo) {
  const std::string here = "/";
  EXPECT_FALSE(Read({}, {{"PROVIDER_TLS_DIR", "/none"}})->server.insecure);
  EXPECT_EQ(Read({}, {{"PROVIDER_TLS_DIR", here}})->server.tls_dir, here);
  EXPECT_TRUE(Read({}, {{"VIRTRIGAUD_PROVIDER_INSECURE", "true"}})->server.insecure);
  const auto off = Read({"--tls-enabled=false"}, {{"PROVIDER_TLS_DIR", here}});
  EXPECT_TRUE(off->server.insecure);
  EXPECT_EQ(off->server.tls_dir, "");
  EXPECT_EQ(Read({}, {{"VIRTRIGAUD_PROVIDER_ALLOWED_SANS", "a,b"}})->server.allowed_sans,
            (std::vector<std::string>{"a", "b"}));
}

TEST(ProviderSettings, NamesWhatItCannotUse) {
  const auto message = [](const Result<ProviderSettings>& read) {
    return read.ok() ? std::string() : read.error().message;
  };
  EXPECT_NE(message(Read({"--prot=1"})).find("--prot"), std::string::npos);
  EXPECT_NE(message(Read({"--port"})).find("--port"), std::string::npos);
  EXPECT_NE(message(Read({"--port=70000"})).find("70000"), std::string::npos);
  EXPECT_NE(message(Read({"--provider-type=libvirt"})).find("mock"), std::string::npos);
  EXPECT_NE(message(Read({}, {{"TLS_ENABLED", "maybe"}})).find("TLS_ENABLED"), std::string::npos);
  EXPECT_NE(message(Read({}, {{"LOG_LEVEL", "loud"}})).find("loud"), std::string::npos);
  EXPECT_NE(message(Read({}, {{"VIRTRIGAUD_PARENT_PID", "x"}})).find("VIRTRIGAUD_PARENT_PID"),
            std::string::npos);
  EXPECT_TRUE(Read({"--provider-type=mock"}).ok());
}

TEST(ProviderSettings, HelpHasEveryVariable) {
  EXPECT_EQ(Read({"--help"})->action, ProviderSettings::Action::kShowHelp);
  EXPECT_EQ(Read({"--version"})->action, ProviderSettings::Action::kShowVersion);
  const std::string help = HelpText(kMock);
  for (const char* part : {"MOCK_SEED", "PROVIDER_LISTEN", "VIRTRIGAUD_EXIT_WITH_PARENT",
                           "LOG_FORMAT", "--grpc-addr", "a test", "Example"})
    EXPECT_NE(help.find(part), std::string::npos) << part;
}

}  // namespace
}  // namespace vr::apps
