#include "kube/yaml.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace vr::kube {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;

Json One(std::string_view text) {
  const auto documents = ParseYaml(text);
  EXPECT_TRUE(documents.ok()) << (documents.ok() ? "" : documents.error().message);
  return documents.ok() && documents->size() == 1 ? documents->front() : Json("not one document");
}

TEST(Yaml, TypesPlainScalarsByVersion12) {
  EXPECT_EQ(One("{a: 1, b: -2, c: 1.5, d: true, e: ~, f: 0x1F, g: 0o17, h: 1e3, i: 0755}"),
            (Json{{"a", 1},
                  {"b", -2},
                  {"c", 1.5},
                  {"d", true},
                  {"e", nullptr},
                  {"f", 31},
                  {"g", 15},
                  {"h", 1000.0},
                  {"i", 755}}));
}

TEST(Yaml, KeepsOnOffYesAndNoAsText) {
  EXPECT_EQ(One("{powerState: On, off: Off, yes: yes, no: n}"),
            (Json{{"powerState", "On"}, {"off", "Off"}, {"yes", "yes"}, {"no", "n"}}));
}

TEST(Yaml, KeepsQuotedScalarsAsText) {
  EXPECT_EQ(One("{a: \"1\", b: 'true', c: \"\", d: !!str 12}"),
            (Json{{"a", "1"}, {"b", "true"}, {"c", ""}, {"d", "12"}}));
}

TEST(Yaml, ReadsManyDocumentsAndLeavesOutEmptyOnes) {
  const auto documents = ParseYaml("---\na: 1\n---\n# nothing\n---\nb: 2\n");
  ASSERT_TRUE(documents.ok());
  EXPECT_EQ(*documents, (std::vector<Json>{{{"a", 1}}, {{"b", 2}}}));
}

TEST(Yaml, ReadsBlockTextAndJson) {
  EXPECT_EQ(One("text: |\n  #cloud-config\n  x: 1\n"), (Json{{"text", "#cloud-config\nx: 1\n"}}));
  EXPECT_EQ(One(R"({"a": [1, {"b": null}]})"), Json::parse(R"({"a": [1, {"b": null}]})"));
}

TEST(Yaml, ResolvesAnchorsAndMergeKeys) {
  EXPECT_EQ(One("base: &b {x: 1, y: 2}\nown: {<<: *b, y: 3}\n")["own"], (Json{{"x", 1}, {"y", 3}}));
}

TEST(Yaml, RefusesDuplicateKeysWithTheLine) {
  const auto documents = ParseYaml("a: 1\nb: 2\na: 3\n");
  ASSERT_FALSE(documents.ok());
  EXPECT_EQ(documents.error().kind, ErrorKind::kInvalidSpec);
  EXPECT_THAT(documents.error().message, HasSubstr("line 3: key 'a' is given twice"));
}

TEST(Yaml, RefusesBrokenTextWithTheLine) {
  const auto documents = ParseYaml("a: 1\nb: [1, 2\n");
  ASSERT_FALSE(documents.ok());
  EXPECT_THAT(documents.error().message, HasSubstr("line "));
}

TEST(Yaml, RefusesWhatFollowsAFlowCollection) {
  for (const char* text : {"{a: b},x", "[a],", "{a: b}\n, c"}) {
    const auto documents = ParseYaml(text);
    ASSERT_FALSE(documents.ok()) << text;
    EXPECT_THAT(documents.error().message, HasSubstr("unexpected text after a document"));
  }
}

TEST(Yaml, RefusesDocumentsThatAliasesBlowUp) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string previous = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) text += previous + (j < 9 ? ", " : "]\n");
  }
  const auto documents = ParseYaml(text);
  ASSERT_FALSE(documents.ok());
  EXPECT_THAT(documents.error().message, HasSubstr("aliases"));
}

TEST(Yaml, ReadsBodiesAsAServerDoes) {
  const auto body = ParseServerYaml("a: On\nb: \"On\"\nc: n\na: x\n---\nd: 1\n").value();
  ASSERT_EQ(body.documents.size(), 1U);
  EXPECT_EQ(body.documents[0], Json({{"a", "x"}, {"b", "On"}, {"c", false}}));
  EXPECT_EQ(body.duplicates, std::vector<std::string>{"line 4: key \"a\" already set in map"});
  EXPECT_TRUE(ParseServerYaml("").value().documents.empty());
}

TEST(Yaml, PrintsWhatItReadsBack) {
  const Json value = {{"text", "line 1\nline 2\n"},
                      {"on", "On"},
                      {"number", "12"},
                      {"empty", ""},
                      {"list", {1, "two", true}},
                      {"none", nullptr},
                      {"float", 1.5},
                      {"map", Json::object()},
                      {"array", Json::array()},
                      {"time", "12:30:45"},
                      {"date", "2026-01-31T12:00:00Z"},
                      {"odd", "a: b #c"},
                      {"nested", {{"y", {{"z", 1}}}}},
                      {"tabs", "a\tb\nc"},
                      {"leading", " x\ny"}};
  const std::string text = ToYaml(value);
  EXPECT_EQ(One(text), value) << text;
  EXPECT_THAT(text, HasSubstr("\"2026-01-31T12:00:00Z\"")) << "others read a plain one as a time";
  EXPECT_THAT(text, HasSubstr("\"On\"")) << "kubectl reads a plain On as a boolean";
}

}  // namespace
}  // namespace vr::kube
