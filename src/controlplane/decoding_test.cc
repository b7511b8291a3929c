#include "controlplane/decoding.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace vr::controlplane {
namespace {

TEST(Decoding, FindsMembersThatComeTwice) {
  using Paths = std::vector<std::string>;
  EXPECT_EQ(DuplicateFields(R"({"a":{"b":1,"b":2},"c":[{"d":1},{"d":1,"d":2}]})"),
            (Paths{"a.b", "c[1].d"}));
  EXPECT_EQ(DuplicateFields(R"({"a":{"b":1},"c":{"b":1}})"), Paths());
  EXPECT_EQ(DuplicateFields("nonsense"), Paths());
}

TEST(Decoding, SaysWhyATextIsNoJson) {
  EXPECT_EQ(ParseProblem(""), "unexpected end of JSON input");
  EXPECT_EQ(ParseProblem(R"({"a":)"), "unexpected end of JSON input");
  EXPECT_EQ(ParseProblem("hello"), "invalid character 'h' looking for beginning of value");
}

TEST(Decoding, PrunesWhatIsNoMetadata) {
  Json object = {{"metadata", {{"name", "x"}, {"colour", "red"}, {"labels", nullptr}}}};
  EXPECT_EQ(PruneMeta(object), std::vector<std::string>{"metadata.colour"});
  EXPECT_EQ(object["metadata"], Json({{"name", "x"}}));
}

TEST(Decoding, NamesTheFieldOfAWrongType) {
  const Resource& maps = *FindResource("", "v1", "configmaps");
  const auto failure = CheckMetaTypes(maps, {{"metadata", {{"labels", {{"a", 1}}}}}});
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->message,
            "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: json: cannot unmarshal "
            "number into Go struct field ObjectMeta.labels of type string");
  EXPECT_FALSE(CheckMetaTypes(maps, {{"metadata", {{"labels", nullptr}}}}).has_value());
}

}  // namespace
}  // namespace vr::controlplane
