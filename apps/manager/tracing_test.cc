#include "tracing.h"

#include <gtest/gtest.h>

#include <string>

#include "base/log.h"

namespace vr::manager {
namespace {

using Environment = std::map<std::string, std::string>;

TEST(TracingOptions, AreAsDocumentedWhereNothingIsSet) {
  const auto options = TracingFromEnvironment({});
  ASSERT_TRUE(options.ok());
  EXPECT_FALSE(options->enabled);
  EXPECT_EQ(options->endpoint, "");
  EXPECT_DOUBLE_EQ(options->ratio, 0.1);
}

TEST(TracingOptions, AreRead) {
  const auto options = TracingFromEnvironment({{"VIRTRIGAUD_TRACING_ENABLED", "true"},
                                               {"VIRTRIGAUD_TRACING_SAMPLING_RATIO", "1"},
                                               {"VIRTRIGAUD_TRACING_ENDPOINT", "http://c:4318"}});
  ASSERT_TRUE(options.ok());
  EXPECT_TRUE(options->enabled);
  EXPECT_DOUBLE_EQ(options->ratio, 1);
  EXPECT_EQ(options->endpoint, "http://c:4318/v1/traces");
  EXPECT_EQ(TracingFromEnvironment({{"VIRTRIGAUD_TRACING_ENDPOINT", "https://c/traces"},
                                    {"VIRTRIGAUD_TRACING_INSECURE", "false"}})
                ->endpoint,
            "https://c:443/traces");
}

TEST(TracingOptions, NameTheVariableThatIsWrong) {
  const auto error = [](const Environment& environment) {
    const auto options = TracingFromEnvironment(environment);
    return options ? std::string() : options.error().message;
  };
  for (const auto& [name, value] : Environment{{"VIRTRIGAUD_TRACING_ENABLED", "maybe"},
                                               {"VIRTRIGAUD_TRACING_INSECURE", "1"},
                                               {"VIRTRIGAUD_TRACING_SAMPLING_RATIO", "2"},
                                               {"VIRTRIGAUD_TRACING_ENDPOINT", "collector:4317"}}) {
    EXPECT_EQ(error({{name, value}}).find(name + " is '" + value + "'"), 0U) << name;
  }
  EXPECT_NE(error({{"VIRTRIGAUD_TRACING_SAMPLING_RATIO", "nan"}}), "");
  EXPECT_NE(error({{"VIRTRIGAUD_TRACING_ENDPOINT", "http://c:4318"},
                   {"VIRTRIGAUD_TRACING_INSECURE", "false"}})
                .find("VIRTRIGAUD_TRACING_INSECURE=true"),
            std::string::npos);
}

TEST(Tracing, LogsSpansWithoutAnEndpointAndSaysSo) {
  std::string lines;
  ConfigureLog({.level = LogLevel::kDebug, .sink = [&](std::string_view line) { lines += line; }});
  {
    const auto tracing = Tracing::Start({.enabled = true, .endpoint = "", .ratio = 1});
    ASSERT_TRUE(tracing.ok());
    obs::Span span((*tracing)->tracer(), Context(), "vm.reconcile");
    span.Set("vm.name", "web");
  }
  ConfigureLog({});
  EXPECT_NE(lines.find("VIRTRIGAUD_TRACING_ENDPOINT is empty"), std::string::npos);
  EXPECT_NE(lines.find("vm.reconcile"), std::string::npos) << lines;
  EXPECT_NE(lines.find("\"traceID\""), std::string::npos) << lines;
  EXPECT_NE(lines.find("\"web\""), std::string::npos) << lines;
}

TEST(Tracing, MakesNoSpansUnlessEnabled) {
  const auto tracing = Tracing::Start({});
  ASSERT_TRUE(tracing.ok());
  const obs::Span span((*tracing)->tracer(), Context(), "vm.reconcile");
  EXPECT_FALSE(obs::SpanOf(span.ctx()).has_value());
}

}  // namespace
}  // namespace vr::manager
