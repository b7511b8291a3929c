#include "controlplane/typed_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/kinds.h"

namespace vr::controlplane {
namespace {

using Json = nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Problems(const Json& spec) {
  return ConfigProblems(*api::FindKind("VirtualMachine")->fields,
                        {{"metadata", {{"name", "web"}}}, {"spec", spec}});
}

TEST(TypedConfig, AcceptsPartsOfAnObject) {
  EXPECT_THAT(Problems({{"tags", {"a"}}, {"disks", {{{"name", "d"}, {"sizeGiB", 1}}}}}), IsEmpty());
}

TEST(TypedConfig, NamesWhatTheSchemaDoesNotKnow) {
  EXPECT_THAT(Problems({{"colour", "red"}}),
              ElementsAre(".spec.colour: field not declared in schema"));
}

TEST(TypedConfig, NamesValuesOfAnotherTypeAsTheApiServerDoes) {
  EXPECT_THAT(
      Problems({{"classRef", 3}, {"imageRef", {{"name", 4}}}, {"tags", "word"}}),
      ElementsAre(".spec.classRef: expected map, got &{3}",
                  ".spec.imageRef.name: expected string, got &value.valueUnstructured{Value:4}",
                  ".spec.tags: expected list, got &{word}"));
  EXPECT_THAT(
      Problems({{"disks", {{{"name", "d"}, {"sizeGiB", "x"}}, {1}}}, {"tags", {{{"a", 1}}}}}),
      ElementsAre(".spec.disks[0].sizeGiB: expected numeric (int or float), got string",
                  ".spec.disks[1]: expected map, got &{[1]}",
                  ".spec.tags[0]: expected string, got &value.valueUnstructured{Value:"
                  "map[string]interface {}{\"a\":1}}"));
}

}  // namespace
}  // namespace vr::controlplane
