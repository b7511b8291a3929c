#include "controlplane/strategic.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace vr::controlplane {
namespace {

Json Apply(const char* object, const char* patch) {
  Outcome<Json> result = ApplyStrategicPatch(Json::parse(object), Json::parse(patch));
  return result ? *result : Json(result.failure().message);
}

TEST(Strategic, MergesMapsAndReplacesOtherLists) {
  EXPECT_EQ(Apply(R"({"data":{"a":"1","b":"2"},"list":[1]})",
                  R"({"data":{"a":null,"c":"3"},"list":[2]})"),
            Json::parse(R"({"data":{"b":"2","c":"3"},"list":[2]})"));
}

TEST(Strategic, FinalizersAreASet) {
  const char* object = R"({"metadata":{"finalizers":["a","b"]}})";
  EXPECT_EQ(Apply(object, R"({"metadata":{"finalizers":["b","c"]}})"),
            Json::parse(R"({"metadata":{"finalizers":["a","b","c"]}})"));
  EXPECT_EQ(Apply(object, R"({"metadata":{"finalizers":["c"]}})"),
            Json::parse(R"({"metadata":{"finalizers":["c","a","b"]}})"))
      << "what the server did not know comes first";
  EXPECT_EQ(Apply(object, R"({"metadata":{"finalizers":[]}})"), Json::parse(object));
  EXPECT_EQ(Apply(object, R"({"metadata":{"$deleteFromPrimitiveList/finalizers":["a"],
                              "$setElementOrder/finalizers":["b"]}})"),
            Json::parse(R"({"metadata":{"finalizers":["b"]}})"));
  EXPECT_EQ(Apply(object, R"({"metadata":{"finalizers":null}})"),
            Json::parse(R"({"metadata":{}})"));
}

TEST(Strategic, ItemsWithAKeyMergeByIt) {
  const char* object = R"({"secrets":[{"name":"a","x":1},{"name":"b"}]})";
  EXPECT_EQ(Apply(object, R"({"secrets":[{"name":"a","y":2},{"name":"c"}]})"),
            Json::parse(R"({"secrets":[{"name":"a","x":1,"y":2},{"name":"c"},{"name":"b"}]})"));
  EXPECT_EQ(Apply(object, R"({"secrets":[{"name":"a","$patch":"delete"}]})"),
            Json::parse(R"({"secrets":[{"name":"b"}]})"));
  EXPECT_EQ(Apply(object, R"({"secrets":[{"$patch":"replace"},{"name":"c"}]})"),
            Json::parse(R"({"secrets":[{"name":"c"}]})"));
  EXPECT_EQ(Apply(object, R"({"secrets":[{"x":1}]})"),
            Json("map does not contain declared merge key: name"));
}

TEST(Strategic, DirectivesReplaceDeleteAndRetain) {
  const char* object = R"({"data":{"a":"1","b":"2"}})";
  EXPECT_EQ(Apply(object, R"({"data":{"$patch":"replace","c":"3"}})"),
            Json::parse(R"({"data":{"c":"3"}})"));
  EXPECT_EQ(Apply(object, R"({"data":{"$patch":"delete"}})"), Json::parse(R"({"data":{}})"));
  EXPECT_EQ(Apply(object, R"({"data":{"$retainKeys":["b","c"],"c":"3"}})"),
            Json::parse(R"({"data":{"b":"2","c":"3"}})"));
  EXPECT_EQ(Apply(object, R"({"data":{"$patch":"paint"}})"),
            Json("Unknown patch type found: paint"));
}

}  // namespace
}  // namespace vr::controlplane
