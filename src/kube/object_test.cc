#include "kube/object.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "kube/meta_json.h"

namespace vr::kube {
namespace {

using std::chrono::seconds;

TEST(SetCondition, KeepsTheTransitionTimeWhileTheStatusStays) {
  std::vector<Condition> conditions;
  const WallTime start{seconds(1000)};
  SetCondition(conditions,
               {.type = "Ready", .status = "False", .reason = "Creating", .message = ""}, start);
  SetCondition(conditions, {.type = "Ready", .status = "False", .reason = "Waiting", .message = ""},
               start + seconds(5));
  EXPECT_EQ(FindCondition(conditions, "Ready")->last_transition_time, start);
  EXPECT_EQ(FindCondition(conditions, "Ready")->reason, "Waiting");
  SetCondition(conditions, {.type = "Ready", .status = "True", .reason = "VMReady", .message = ""},
               start + seconds(9));
  EXPECT_EQ(FindCondition(conditions, "Ready")->last_transition_time, start + seconds(9));
  EXPECT_EQ(conditions.size(), 1U);
}

TEST(MetaJson, RoundTripsWithoutManagedFields) {
  const auto json = nlohmann::json::parse(
      R"({"metadata":{"name":"web","namespace":"default","uid":"u","resourceVersion":"5",
      "generation":2,"creationTimestamp":"2026-01-31T12:00:00Z","labels":{"a":"b"},"finalizers":["f"],
      "ownerReferences":[{"apiVersion":"v1","kind":"K","name":"n","uid":"x","controller":true}],"managedFields":[{}]}})");
  const ObjectMeta meta = DecodeMeta(json).value();
  nlohmann::json expected = json["metadata"];
  expected.erase("managedFields");
  EXPECT_EQ(EncodeMeta(meta), expected);
}

TEST(MetaJson, NamesThePathOfAWrongType) {
  EXPECT_EQ(DecodeMeta(nlohmann::json::parse(R"({"metadata":{"labels":{"a":1}}})")).error().message,
            "metadata.labels: must be a map of strings");
  EXPECT_FALSE(DecodeMeta(nlohmann::json::parse(R"({"metadata":[]})")).ok());
  EXPECT_TRUE(DecodeMeta(nlohmann::json::parse("3")).ok())
      << "an object without metadata has an empty one";
}

}  // namespace
}  // namespace vr::kube
