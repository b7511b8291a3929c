#include "controlplane/field_set.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace vr::controlplane {
namespace {

const Resource& Vms() { return *FindResource("infra.virtrigaud.io", "v1beta1", "virtualmachines"); }

TEST(FieldSet, EncodesMapsAndItemsAsKubernetesDoes) {
  const Json object = Json::parse(R"({"apiVersion":"x","kind":"y",
      "metadata":{"name":"n","finalizers":["a/b"],"labels":{"app":"web"}},
      "spec":{"classRef":{"name":"c"},"tags":["x"]}})");
  const FieldSet fields = FieldsOf(Vms(), object, true);
  const Json encoded = EncodeFields(fields);
  EXPECT_EQ(encoded, Json::parse(R"({
      "f:metadata":{"f:finalizers":{".":{},"v:\"a/b\"":{}},"f:labels":{".":{},"f:app":{}}},
      "f:spec":{".":{},"f:classRef":{".":{},"f:name":{}},"f:tags":{}}})"));
  EXPECT_EQ(DecodeFields(encoded), fields);
}

TEST(FieldSet, SetsFindsAndErasesItemsOfSets) {
  Json object = Json::object();
  const FieldPath first = {"f:metadata", "f:finalizers", "v:\"a/b\""};
  const FieldPath second = {"f:metadata", "f:finalizers", "v:\"c/d\""};
  SetField(object, first, "a/b");
  SetField(object, second, "c/d");
  EXPECT_EQ(object["metadata"]["finalizers"], Json({"a/b", "c/d"}));
  EraseField(object, first);
  EXPECT_EQ(FindField(object, first), nullptr);
  ASSERT_NE(FindField(object, second), nullptr);
  EraseField(object, second);
  EXPECT_TRUE(object.empty());
}

TEST(FieldSet, ShowsPathsForPeople) {
  EXPECT_EQ(ShowField({"f:spec", "f:tags"}), ".spec.tags");
  EXPECT_EQ(ShowField({"f:metadata", "f:finalizers", "v:\"a\""}), ".metadata.finalizers[=\"a\"]");
}

}  // namespace
}  // namespace vr::controlplane
