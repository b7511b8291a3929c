#include "controlplane/core_rules.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "controlplane/base64.h"

namespace vr::controlplane {
namespace {

const Resource& Core(const char* plural) { return *FindResource("", "v1", plural); }

TEST(CoreRules, FoldsStringDataIntoData) {
  Json secret = {{"metadata", {{"name", "s"}}}, {"stringData", {{"user", "admin"}}}};
  PrepareCore(Core("secrets"), secret);
  EXPECT_EQ(secret["data"]["user"], "YWRtaW4=");
  EXPECT_FALSE(secret.contains("stringData"));
  EXPECT_EQ(secret["type"], "Opaque");
}

TEST(CoreRules, RefusesDataThatIsNotBase64) {
  EXPECT_TRUE(CheckCoreTypes(Core("secrets"), {{"data", {{"a", "***"}}}}).has_value());
  EXPECT_FALSE(CheckCoreTypes(Core("secrets"), {{"data", {{"a", "aGk="}}}}).has_value());
  EXPECT_TRUE(CheckCoreTypes(Core("configmaps"), {{"data", {{"a", 1}}}}).has_value());
}

TEST(CoreRules, HoldsOnToWhatIsImmutable) {
  const Json old = {{"immutable", true}, {"data", {{"a", "1"}}}};
  Json changed = old;
  EXPECT_TRUE(CheckCore(Core("configmaps"), old, changed).empty());
  changed["data"]["a"] = "2";
  EXPECT_EQ(CheckCore(Core("configmaps"), old, changed).size(), 1U);
  changed["immutable"] = false;
  EXPECT_EQ(CheckCore(Core("configmaps"), old, changed).size(), 2U);
}

TEST(CoreRules, PrunesUnknownFields) {
  Json map = {{"kind", "ConfigMap"}, {"colour", "red"}, {"data", {{"a", "1"}}}};
  EXPECT_EQ(PruneCore(Core("configmaps"), map), std::vector<std::string>{"colour"});
  EXPECT_FALSE(map.contains("colour"));
}

TEST(Base64, FindsTheFirstBadByte) {
  EXPECT_FALSE(FirstBadBase64("aGVsbG8=").has_value());
  EXPECT_FALSE(FirstBadBase64("").has_value());
  EXPECT_EQ(FirstBadBase64("aG*sbG8="), 2U);
  EXPECT_EQ(FirstBadBase64("a==="), 1U);
  EXPECT_EQ(FirstBadBase64("aGk"), 3U);
}

}  // namespace
}  // namespace vr::controlplane
