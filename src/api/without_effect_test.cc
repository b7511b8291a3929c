#include "api/without_effect.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace vr::api {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Json = nlohmann::json;

TEST(WithoutEffect, NamesWhatIsSetOfAVm) {
  EXPECT_THAT(VmFieldsWithoutEffect({{"powerState", "On"}}), IsEmpty());
  EXPECT_THAT(VmFieldsWithoutEffect({{"lifecycle", {{"preStop", Json::object()}}},
                                     {"placementRef", {{"name", "spread"}}}}),
              ElementsAre("spec.placementRef", "spec.lifecycle.preStop"));
}

TEST(WithoutEffect, NamesWhatIsSetOfAnImage) {
  EXPECT_THAT(ImageFieldsWithoutEffect({{"source", {{"http", {{"url", "https://x/"}}}}}}),
              IsEmpty());
  EXPECT_THAT(
      ImageFieldsWithoutEffect({{"source", {{"http", {{"authentication", Json::object()}}}}}}),
      ElementsAre("spec.source.http.authentication"));
  EXPECT_THAT(ImageFieldsWithoutEffect({{"cloudInit", {{"userDataTemplate", "#!"}}}}), IsEmpty());
}

TEST(WithoutEffect, NamesPodSettingsOfAProviderButNotTheirDefaults) {
  EXPECT_THAT(ProviderFieldsWithoutEffect({{"insecureSkipVerify", false},
                                           {"runtime", {{"replicas", 1}, {"mode", "Remote"}}}}),
              IsEmpty());
  EXPECT_THAT(
      ProviderFieldsWithoutEffect(
          {{"insecureSkipVerify", true}, {"runtime", {{"replicas", 2}, {"image", "provider:1"}}}}),
      ElementsAre("spec.runtime.image", "spec.runtime.replicas", "spec.insecureSkipVerify"));
}

}  // namespace
}  // namespace vr::api
