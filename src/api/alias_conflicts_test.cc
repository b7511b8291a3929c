// Two spellings of one field at once, and constraints that no spelling goes around.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "api/admission.h"
#include "api/kinds.h"

namespace vr::api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

AdmissionResult Judged(const char* kind_name, const char* spec) {
  const KindInfo& kind = *FindKind(kind_name);
  Json object = {{"apiVersion", kind.type.ApiVersion()},
                 {"kind", kind_name},
                 {"metadata", {{"name", "x"}, {"namespace", "default"}}},
                 {"spec", Json::parse(spec)}};
  ApplyDefaults(kind, object);
  return Validate(kind, nullptr, object);
}

std::vector<std::string> Errors(const char* kind, const char* spec) {
  std::vector<std::string> messages;
  for (const FieldError& error : Judged(kind, spec).errors) messages.push_back(error.Message());
  return messages;
}

TEST(TwoSpellings, AreRefusedWhenTwoAliasesDiffer) {
  EXPECT_THAT(
      Errors("VMSnapshot", R"({"vmRef":{"name":"v"},"memory":true,"includeMemory":false})"),
      ElementsAre("spec.memory: Invalid value: true: differs from spec.includeMemory, which is the "
                  "same field; set one of them"));
  EXPECT_THAT(
      Errors("VMClone", R"({"source":{"vmRef":{"name":"v"}},"linkedClone":true,"linked":false})"),
      ElementsAre(HasSubstr("spec.linkedClone: Invalid value: true: differs from spec.linked")));
}

TEST(TwoSpellings, AreRefusedWhenAnAliasOfAllDiffersFromOneOfAPart) {
  EXPECT_THAT(Errors("VMImage", R"({"libvirt":{"url":"https://h/a","format":"qcow2"},
      "source":{"format":"raw"}})"),
              ElementsAre(HasSubstr("which is the same field; set one of them")));
}

TEST(TwoSpellings, OfTheSameValueAreFine) {
  EXPECT_THAT(Errors("VMClass", R"({"cpu":2,"memory":"2Gi","memoryMiB":2048})"), IsEmpty());
  EXPECT_THAT(Errors("VMClass", R"({"cpu":2,"memory":2147483648,"memoryMiB":2048})"), IsEmpty());
  EXPECT_THAT(Errors("VMSnapshot", R"({"vmRef":{"name":"v"},"retention":{"maxAge":"7d"},
      "retentionPolicy":{"maxAge":"168h"}})"),
              IsEmpty());
  EXPECT_THAT(Errors("VMNetworkAttachment", R"({"macAddress":"02:00:00:00:00:AB",
      "network":{"macAddress":"02-00-00-00-00-ab"}})"),
              IsEmpty());
  EXPECT_THAT(Errors("VMSnapshot", R"({"vmRef":{"name":"v"},"memory":true,"includeMemory":true})"),
              IsEmpty());
}

// An API server fills in defaults before anybody sees the object, so one that stands there may not
// be the user's word.
TEST(TwoSpellings, ADefaultGivesWayAndTheWarningSaysSo) {
  const AdmissionResult result =
      Judged("VMClone", R"({"source":{"vmRef":{"name":"v"}},"linked":true,"options":{}})");
  EXPECT_TRUE(result.ok());
  EXPECT_THAT(result.warnings, ElementsAre("spec.linked: this spelling is an alias; the field is "
                                           "spec.options.type, whose default FullClone gives way"));
}

// Puts a value at a path; list items are the first ones.
void Put(Json& object, const std::string& path, const Json& value) {
  std::string pointer = "/" + path;
  for (size_t at = pointer.find("[]"); at != std::string::npos; at = pointer.find("[]"))
    pointer.replace(at, 2, "/0");
  std::replace(pointer.begin(), pointer.end(), '.', '/');
  object[Json::json_pointer(pointer)] = value;
}

Json ValueOf(const Field& field, bool first) {
  if (field.type == FieldType::kBoolean) return first;
  if (field.type == FieldType::kInteger) return first ? 3 : 4;
  if (field.type == FieldType::kIntOrString) return first ? "3Gi" : "4Gi";
  if (field.transform == "ipPolicy") return first ? "Static" : "None";
  if (field.format == "duration") return first ? "3m" : "4m";
  if (field.format == "ip" || field.format == "ip-or-cidr")
    return first ? "192.0.2.3" : "192.0.2.4";
  return first ? "three" : "four";
}

// Whether two spellings of one field with different values are refused.
bool Refused(const KindInfo& kind, const Field& one, const Field& other) {
  Json object = Json::object();
  Put(object, one.path, ValueOf(one, true));
  Put(object, other.path, ValueOf(other, false));
  AdmissionResult result;
  (void)Canonical(kind, object, result);
  return !result.ok();
}

TEST(TwoSpellings, OfEveryAliasOfEveryKindAreRefusedWhenTheyDiffer) {
  int cases = 0;
  for (const KindInfo& kind : AllKinds()) {
    std::map<std::string, std::vector<const Field*>> spellings;
    const std::function<void(const Field&)> visit = [&](const Field& field) {
      const bool plain = field.properties.empty() && !field.items && !field.values;
      if (!field.alias_of.empty() && plain) spellings[field.alias_of].push_back(&field);
      for (const auto& property : field.properties) visit(*property);
      if (field.items) visit(*field.items);
    };
    visit(*kind.fields);
    for (const auto& [target, aliases] : spellings) {
      for (size_t i = 1; i < aliases.size(); ++i, ++cases)
        EXPECT_TRUE(Refused(kind, *aliases[0], *aliases[i])) << aliases[i]->path;
      const Field* canonical = kind.fields->Find(target);
      ASSERT_NE(canonical, nullptr) << target;
      if (!aliases[0]->transform.empty() || canonical->default_value) continue;
      EXPECT_TRUE(Refused(kind, *aliases[0], *canonical)) << aliases[0]->path;
      ++cases;
    }
  }
  EXPECT_GT(cases, 60);
}

TEST(AliasConstraints, AreThoseOfTheCanonicalFieldAndNameTheAlias) {
  EXPECT_THAT(Errors("VMClass", R"({"cpu":2,"memory":"1Gi","spec":{"cpu":{"shares":0}}})"),
              ElementsAre("spec.spec.cpu.shares: Invalid value: 0: spec.spec.cpu.shares in body "
                          "should be greater than or equal to 1"));
  EXPECT_THAT(Errors("VMClass", R"({"cpu":2,"memoryMiB":1})"),
              ElementsAre(HasSubstr("spec.memoryMiB: Invalid value: 1: spec.memoryMiB in body")));
  EXPECT_THAT(Errors("VMImage", R"({"source":5})"),
              ElementsAre(HasSubstr("spec.source: Invalid value: 5: spec.source in body should be "
                                    "greater than or equal to 100")));
}

TEST(AliasConstraints, OfABadValueAreToldOnce) {
  EXPECT_THAT(Errors("VMSnapshot", R"({"vmRef":{"name":"v"},"retention":{"maxAge":"7y"}})"),
              ElementsAre("spec.retention.maxAge: Invalid value: \"7y\": must be a duration, for "
                          "example 30s, 5m, 2h or 7d"));
}

TEST(Firmware, MayBeWrittenInAnyCase) {
  AdmissionResult result;
  for (const char* text : {"UeFi", "eFI", "BioS"}) {
    const Json object = {{"spec", {{"cpu", 1}, {"memory", "1Gi"}, {"firmware", text}}}};
    EXPECT_TRUE(Validate(*FindKind("VMClass"), nullptr, object).ok()) << text;
    EXPECT_EQ(Canonical(*FindKind("VMClass"), object, result)["spec"]["firmware"],
              text[0] == 'B' ? "BIOS" : "UEFI");
  }
  EXPECT_THAT(Errors("VMClass", R"({"cpu":1,"memory":"1Gi","firmware":"coreboot"})"),
              ElementsAre(HasSubstr("spec.firmware: Invalid value")));
}

TEST(ImageSource, MayBeTheNumberOfATemplate) {
  AdmissionResult result;
  const Json object = {{"spec", {{"source", 9000}}}};
  EXPECT_THAT(Errors("VMImage", R"({"source":9000})"), IsEmpty());
  EXPECT_EQ(
      Canonical(*FindKind("VMImage"), object, result)["spec"]["source"]["proxmox"]["templateID"],
      9000);
  EXPECT_THAT(Errors("VMImage", R"({"source":true})"), testing::Not(IsEmpty()));
}

}  // namespace
}  // namespace vr::api
