// The cases that our checks and a cluster must judge alike: tests/integration/cel_rules.py gives
// the same file to a real API server.
#include "api/rules.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "api/kinds.h"

namespace vr::api {
namespace {

Json Cases() {
  std::ifstream file(std::string(VR_SOURCE_DIR) + "/tests/golden/rule-cases.json");
  return Json::parse(file);
}

Json Object(const Json& test, const char* spec) {
  Json object = {{"apiVersion", "infra.virtrigaud.io/v1beta1"},
                 {"kind", test["kind"]},
                 {"metadata", {{"name", "x"}, {"namespace", "default"}}}};
  if (!test[spec].is_null()) object["spec"] = test[spec];
  if (test.contains("status")) object["status"] = test["status"];
  ApplyDefaults(*FindKind(test["kind"].get<std::string>()), object);
  return object;
}

TEST(Rules, JudgeTheCasesThatAClusterJudgesAlike) {
  for (const Json& test : Cases()) {
    const std::string name =
        test["kind"].get<std::string>() + ": " + test["name"].get<std::string>();
    const KindInfo& kind = *FindKind(test["kind"].get<std::string>());
    const Json old = test.contains("old") ? Object(test, "old") : Json();
    const AdmissionResult result =
        Validate(kind, old.is_null() ? nullptr : &old, Object(test, "spec"));
    std::string all;
    for (const FieldError& error : result.errors) all += error.Message() + "\n";
    const std::string expected = test["error"].get<std::string>();
    if (expected.empty()) {
      EXPECT_EQ(all, "") << name;
    } else {
      EXPECT_NE(all.find(expected), std::string::npos) << name << ": " << all;
    }
  }
}

TEST(Rules, EachHasACaseThatItRefuses) {
  std::map<std::string, std::string> refused;  // by kind: all messages
  for (const Json& test : Cases()) {
    const std::string kind_name = test["kind"].get<std::string>();
    const Json old = test.contains("old") ? Object(test, "old") : Json();
    const AdmissionResult result =
        Validate(*FindKind(kind_name), old.is_null() ? nullptr : &old, Object(test, "spec"));
    for (const FieldError& error : result.errors) refused[kind_name] += error.Message() + "\n";
  }
  for (const KindInfo& kind : AllKinds()) {
    for (const Rule& rule : RulesOf(kind)) {
      // Shared parts of specs are tried in one kind.
      const bool is_list =
          rule.type == FieldErrorType::kDuplicate || rule.scope.find("[]") != std::string::npos;
      // Aliases have a test of their own that goes over all of them.
      const bool is_alias = rule.detail.starts_with("differs from spec.");
      if (is_list || is_alias || rule.only_warns) continue;
      EXPECT_NE(refused[kind.type.kind].find(rule.path.substr(0, rule.path.find('['))),
                std::string::npos)
          << kind.type.kind << " " << rule.path << " " << rule.detail;
    }
  }
}

TEST(Rules, AreAllShownToACluster) {
  for (const KindInfo& kind : AllKinds()) {
    const std::string schema = OpenApiSchema(kind).dump();
    for (const Rule& rule : RulesOf(kind)) {
      if (rule.ours_only || rule.only_warns) continue;
      ASSERT_TRUE(!rule.cel.empty() || rule.any_of.size() > 1) << kind.type.kind << rule.path;
      if (rule.cel.empty()) continue;
      EXPECT_NE(schema.find(Json(rule.cel).dump()), std::string::npos)
          << kind.type.kind << " " << rule.cel;
    }
  }
}

TEST(Rules, LetAnObjectGoThatIsBeingDeleted) {
  Json object = {{"metadata", {{"name", "x"}, {"deletionTimestamp", "2026-01-31T12:00:00Z"}}},
                 {"spec", {{"providerRef", {{"name", "p"}}}}}};
  EXPECT_TRUE(Validate(*FindKind("VirtualMachine"), &object, object).ok());
}

}  // namespace
}  // namespace vr::api
