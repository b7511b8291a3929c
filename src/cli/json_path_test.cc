#include "cli/json_path.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace vr::cli {
namespace {

using Json = nlohmann::json;

const Json& Sample() {
  static const Json sample = Json::parse(R"({"items": [
    {"metadata": {"name": "a", "labels": {"app.kubernetes.io/name": "web"}}, "status": {"phase": "Running", "cpus": 2, "ips": ["1.1.1.1", "2.2.2.2"]}},
    {"metadata": {"name": "b"}, "status": {"phase": "Failed", "cpus": 4}}]})");
  return sample;
}

std::string Print(std::string_view text) {
  const auto path = JsonPath::Parse(text);
  return path ? path->Print(Sample()) : "error: " + path.error().message;
}

TEST(JsonPath, FollowsFieldsIndexesAndWildcards) {
  EXPECT_EQ(Print("{.items[0].metadata.name}"), "a");
  EXPECT_EQ(Print("{.items[-1].metadata.name}"), "b");
  EXPECT_EQ(Print("{.items[*].metadata.name}"), "a b");
  EXPECT_EQ(Print("{.items[0].status.ips[*]}"), "1.1.1.1 2.2.2.2");
  EXPECT_EQ(Print("{.items[0:1].metadata.name}"), "a");
  EXPECT_EQ(Print("{$.items[1].status.cpus}"), "4");
}

TEST(JsonPath, AcceptsPathsWithoutBraces) {
  EXPECT_EQ(Print(".items[0].metadata.name"), "a");
  EXPECT_EQ(Print("items[0].metadata.name"), "a");
}

TEST(JsonPath, ReachesKeysWithDots) {
  EXPECT_EQ(Print("{.items[0].metadata.labels['app.kubernetes.io/name']}"), "web");
  EXPECT_EQ(Print(R"({.items[0].metadata.labels.app\.kubernetes\.io/name})"), "web");
}

TEST(JsonPath, RepeatsRangesWithQuotedText) {
  EXPECT_EQ(Print(R"({range .items[*]}{.metadata.name}{"\t"}{.status.phase}{'\n'}{end}done)"),
            "a\tRunning\nb\tFailed\ndone");
}

TEST(JsonPath, Filters) {
  EXPECT_EQ(Print(R"({.items[?(@.status.phase=="Running")].metadata.name})"), "a");
  EXPECT_EQ(Print("{.items[?(@.status.cpus > 2)].metadata.name}"), "b");
  EXPECT_EQ(Print("{.items[?(@.status.ips)].metadata.name}"), "a");
  EXPECT_EQ(Print("{.items[?(@.status.phase!='Running')].metadata.name}"), "b");
}

TEST(JsonPath, DescendsDeep) { EXPECT_EQ(Print("{..name}"), "a b"); }

TEST(JsonPath, PrintsNothingForWhatIsNotThere) {
  EXPECT_EQ(Print("[{.items[7].metadata.name}{.no.such}]"), "[]");
}

TEST(JsonPath, PrintsObjectsAsJson) {
  EXPECT_EQ(Print("{.items[0].status.ips}"), R"(["1.1.1.1","2.2.2.2"])");
}

TEST(JsonPath, RefusesBrokenTemplatesWithThePlace) {
  EXPECT_THAT(Print("{.items[0}"), ::testing::HasSubstr("']' is missing at character 10"));
  EXPECT_THAT(Print("{range .items[*]}x"), ::testing::HasSubstr("{range} without {end}"));
  EXPECT_THAT(Print("x{end}"), ::testing::HasSubstr("{end} without {range}"));
  EXPECT_THAT(Print("{.items[?(name)]}"), ::testing::HasSubstr("a filter compares @"));
}

}  // namespace
}  // namespace vr::cli
