#include "controllers/webhook/review.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/base64.h"

namespace vr::controllers {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Json = nlohmann::json;

// As a kube-apiserver sends it.
Json AdmissionOf(const std::string& kind, const std::string& plural, Json after,
                 Json before = Json()) {
  Json request = Json::parse(R"({
    "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
    "requestKind": {"group": "infra.virtrigaud.io", "version": "v1beta1"},
    "name": "web", "namespace": "default", "dryRun": false,
    "userInfo": {"username": "admin", "groups": ["system:authenticated"]},
    "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1"}})");
  request["kind"] = {{"group", "infra.virtrigaud.io"}, {"version", "v1beta1"}, {"kind", kind}};
  request["resource"] = {
      {"group", "infra.virtrigaud.io"}, {"version", "v1beta1"}, {"resource", plural}};
  request["operation"] = before.is_null() ? "CREATE" : "UPDATE";
  request["object"] = std::move(after);
  request["oldObject"] = std::move(before);
  return {{"kind", "AdmissionReview"},
          {"apiVersion", "admission.k8s.io/v1"},
          {"request", std::move(request)}};
}

Json Vm() {
  return Json::parse(R"({"apiVersion": "infra.virtrigaud.io/v1beta1", "kind": "VirtualMachine",
    "metadata": {"name": "web", "namespace": "default"},
    "spec": {"providerRef": {"name": "lab"}, "classRef": {"name": "small"},
             "imageRef": {"name": "tiny"}, "powerState": "On"}})");
}

Json VmReview(Json after, Json before = Json()) {
  return AdmissionOf("VirtualMachine", "virtualmachines", std::move(after), std::move(before));
}

Json ResponseOf(const ReviewAnswer& answer) {
  EXPECT_EQ(answer.status, 200) << answer.body;
  const Json review = Json::parse(answer.body);
  EXPECT_EQ(review["kind"], "AdmissionReview");
  EXPECT_EQ(review["apiVersion"], "admission.k8s.io/v1");
  EXPECT_EQ(review["response"]["uid"], "705ab4f5-6393-11e8-b7cc-42010a800002");
  return review["response"];
}

Json Validated(const Json& review) { return ResponseOf(ValidateReview(review.dump(), {})); }

TEST(ValidateReview, AllowsASoundObjectWithoutAWord) {
  EXPECT_EQ(Validated(VmReview(Vm())),
            (Json{{"uid", "705ab4f5-6393-11e8-b7cc-42010a800002"}, {"allowed", true}}));
}

TEST(ValidateReview, RefusesInTheWordsOfTheApiServer) {
  Json vm = Vm();
  vm["spec"]["vmClassRef"] = "large";
  const ReviewAnswer answer = ValidateReview(VmReview(vm).dump(), {});
  EXPECT_STREQ(answer.outcome, "denied");
  EXPECT_EQ(answer.kind, "VirtualMachine");
  const Json response = ResponseOf(answer);
  EXPECT_EQ(response["allowed"], false);
  const Json& status = response["status"];
  EXPECT_EQ(status["code"], 422);
  EXPECT_EQ(status["reason"], "Invalid");
  EXPECT_THAT(status["message"].get<std::string>(),
              HasSubstr("VirtualMachine.infra.virtrigaud.io \"web\" is invalid: spec.vmClassRef: "
                        "Invalid value: \"large\": differs from spec.classRef"));
  ASSERT_EQ(status["details"]["causes"].size(), 1U);
  EXPECT_EQ(status["details"]["causes"][0]["field"], "spec.vmClassRef");
  EXPECT_EQ(status["details"]["causes"][0]["reason"], "FieldValueInvalid");
  EXPECT_TRUE(status["details"]["causes"][0]["message"].get<std::string>().starts_with(
      "Invalid value: \"large\": differs"));
  EXPECT_EQ(status["details"]["kind"], "VirtualMachine");
}

TEST(ValidateReview, WarnsAboutAliases) {
  Json vm = Vm();
  vm["spec"].erase("classRef");
  vm["spec"]["vmClassRef"] = "small";
  const Json response = Validated(VmReview(vm));
  EXPECT_EQ(response["allowed"], true);
  ASSERT_EQ(response["warnings"].size(), 1U);
  EXPECT_THAT(response["warnings"][0].get<std::string>(), HasSubstr("spec.vmClassRef"));
}

TEST(ValidateReview, KnowsWhatMayNotChange) {
  Json vm = Vm();
  vm["spec"]["imageRef"]["name"] = "other";
  Json old = Vm();
  EXPECT_EQ(Validated(VmReview(vm, old))["allowed"], true) << "no VM was made yet";
  old["status"]["id"] = vm["status"]["id"] = "7";
  const Json response = Validated(VmReview(vm, old));
  EXPECT_EQ(response["allowed"], false);
  EXPECT_THAT(response["status"]["message"].get<std::string>(),
              HasSubstr("spec.imageRef: Forbidden: may not be changed after creation"));
}

TEST(ValidateReview, LetsLabelsOfAnInvalidObjectChange) {
  Json before = Vm();
  before["spec"]["vmClassRef"] = "large";
  Json after = before;
  after["metadata"]["labels"] = {{"a", "b"}};
  const Json response = Validated(VmReview(after, before));
  EXPECT_EQ(response["allowed"], true);
  EXPECT_THAT(response["warnings"].back().get<std::string>(),
              HasSubstr("not valid, nobody acts on it: spec.vmClassRef"));
  after["spec"]["powerState"] = "Off";
  EXPECT_EQ(Validated(VmReview(after, before))["allowed"], false);
}

TEST(ValidateReview, LetsFinalizersOfAnInvalidObjectGo) {
  Json before = Vm();
  before["spec"]["cpu"] = Json::array();
  before["spec"].erase("classRef");
  before["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  Json after = before;
  after["spec"]["powerState"] = 7;
  EXPECT_EQ(Validated(VmReview(after, before)),
            (Json{{"uid", "705ab4f5-6393-11e8-b7cc-42010a800002"}, {"allowed", true}}));
}

TEST(ValidateReview, PassesAdviceOnForUpdatesAlone) {
  std::vector<std::string> asked;
  const ChangeAdvisor advise = [&](const std::string& kind, const Json& before, const Json& after) {
    asked.push_back(kind + " " + before["spec"]["powerState"].get<std::string>() + " " +
                    after["spec"]["powerState"].get<std::string>());
    return std::vector<std::string>{"it will hurt"};
  };
  Json after = Vm();
  after["spec"]["powerState"] = "Off";
  Json review = VmReview(after, Vm());
  review["request"]["dryRun"] = true;
  const Json response = ResponseOf(ValidateReview(review.dump(), advise));
  EXPECT_EQ(response["warnings"], Json({"it will hurt"}));
  EXPECT_FALSE(ResponseOf(ValidateReview(VmReview(Vm()).dump(), advise)).contains("warnings"));
  EXPECT_THAT(asked, ElementsAre("VirtualMachine On Off"));
}

TEST(ValidateReview, AllowsWhatItDoesNotKnowWithAWarning) {
  Json review = VmReview(Vm());
  review["request"]["kind"]["kind"] = "VMTeleport";
  const ReviewAnswer answer = ValidateReview(review.dump(), {});
  EXPECT_EQ(answer.kind, "other");
  const Json response = ResponseOf(answer);
  EXPECT_EQ(response["allowed"], true);
  EXPECT_THAT(response["warnings"][0].get<std::string>(), HasSubstr("VMTeleport"));
}

TEST(ValidateReview, LeavesDeletionsAndSubresourcesAlone) {
  Json review = VmReview(Json(), Vm());
  review["request"]["operation"] = "DELETE";
  EXPECT_EQ(Validated(review)["allowed"], true);
  review = VmReview(Json::object(), Vm());
  review["request"]["subResource"] = "status";
  EXPECT_EQ(Validated(review)["allowed"], true);
}

TEST(ValidateReview, ShowsEveryFindingOfWrongTypes) {
  const Json response = Validated(AdmissionOf(
      "VMClass", "vmclasses",
      Json::parse(R"({"metadata": {"name": "c"}, "spec": {"cpu": "2", "memory": []}})")));
  EXPECT_EQ(response["allowed"], false);
  EXPECT_EQ(response["status"]["details"]["causes"].size(), 5U)
      << "both as the API server says it, and that rules were not checked: " << response.dump(1);
  EXPECT_THAT(response["status"]["message"].get<std::string>(), HasSubstr("is invalid: [spec.cpu"));
}

struct Malformed {
  const char* text;
  const char* says;
};

class MalformedReviews : public ::testing::TestWithParam<Malformed> {};

TEST_P(MalformedReviews, AreAnsweredWithAClear400) {
  for (const ReviewAnswer& answer :
       {ValidateReview(GetParam().text, {}), MutateReview(GetParam().text)}) {
    EXPECT_EQ(answer.status, 400);
    EXPECT_STREQ(answer.outcome, "malformed");
    EXPECT_THAT(answer.body, HasSubstr(GetParam().says));
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, MalformedReviews,
    ::testing::Values(
        Malformed{"", "not JSON"}, Malformed{"{", "not JSON"},
        Malformed{"[]", "no AdmissionReview of admission.k8s.io/v1 but of type array"},
        Malformed{R"({"kind":"Pod","apiVersion":"v1"})", "but 'Pod' of 'v1'"},
        Malformed{R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1beta1"})",
                  "'admission.k8s.io/v1beta1'"},
        Malformed{R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"})", "request is"},
        Malformed{R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{}})",
                  "request.uid"},
        Malformed{R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1",
                      "request":{"uid":"u","operation":"CREATE","object":7}})",
                  "request.object"},
        Malformed{R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1",
                      "request":{"uid":"u","operation":"UPDATE","object":{}}})",
                  "request.oldObject"}));

TEST(ValidateReview, RefusesDeepNestingBeforeItIsParsed) {
  const std::string deep = R"({"kind":")" + std::string("\\\"[[") + R"(","a":)" +
                           std::string(1000000, '[') + std::string(1000000, ']') + "}";
  EXPECT_THAT(ValidateReview(deep, {}).body, HasSubstr("nests deeper"));
  EXPECT_THAT(ConvertReview(deep).body, HasSubstr("nests deeper"));
  EXPECT_THAT(ValidateReview("{\"a\":\"" + std::string(1000, '[') + "\"}", {}).body,
              HasSubstr("no AdmissionReview"));
}

TEST(MutateReview, HasNothingToAddAfterTheApiServer) {
  Json vm = Vm();
  const Json first = ResponseOf(MutateReview(VmReview(vm).dump()));
  if (first.contains("patch"))
    vm = vm.patch(Json::parse(DecodeBase64(first["patch"].get<std::string>()).value()));
  const Json second = ResponseOf(MutateReview(VmReview(vm).dump()));
  EXPECT_EQ(second["allowed"], true);
  EXPECT_FALSE(second.contains("patch"));
}

TEST(MutateReview, AddsTheDefaultsOfTheSchemaAndNothingElse) {
  Json vm = Vm();
  vm["spec"]["vmClassRef"] = "small";
  vm["spec"]["lifecycle"] = Json::object();
  const Json response = ResponseOf(MutateReview(VmReview(vm).dump()));
  EXPECT_EQ(response["patchType"], "JSONPatch");
  const Json patch = Json::parse(DecodeBase64(response["patch"].get<std::string>()).value());
  const Json patched = vm.patch(patch);
  EXPECT_EQ(patched["spec"]["lifecycle"]["gracefulShutdownTimeout"], "60s");
  EXPECT_EQ(patched["spec"]["vmClassRef"], "small") << "the user's spelling stays";
  for (const Json& step : patch) EXPECT_EQ(step["op"], "add") << step;
}

Json ConversionOf(const std::string& desired, const Json& objects) {
  return {{"kind", "ConversionReview"},
          {"apiVersion", "apiextensions.k8s.io/v1"},
          {"request", {{"uid", "u1"}, {"desiredAPIVersion", desired}, {"objects", objects}}}};
}

TEST(ConvertReview, IsTheIdentityBetweenServedVersions) {
  Json vm = Vm();
  vm["spec"]["vmClassRef"] = "kept as written";
  vm["unknown"] = {1, 2.5, nullptr};
  const ReviewAnswer answer =
      ConvertReview(ConversionOf("infra.virtrigaud.io/v1beta1", {vm, vm}).dump());
  EXPECT_EQ(answer.status, 200);
  const Json review = Json::parse(answer.body);
  EXPECT_EQ(review["kind"], "ConversionReview");
  EXPECT_EQ(review["response"]["uid"], "u1");
  EXPECT_EQ(review["response"]["result"]["status"], "Success");
  EXPECT_EQ(review["response"]["convertedObjects"], Json({vm, vm}));
}

TEST(ConvertReview, SaysWhichVersionIsServed) {
  const auto message = [](const Json& review) {
    const ReviewAnswer answer = ConvertReview(review.dump());
    EXPECT_EQ(answer.status, 200);
    EXPECT_STREQ(answer.outcome, "denied");
    const Json response = Json::parse(answer.body)["response"];
    EXPECT_THAT(response["convertedObjects"], IsEmpty());
    EXPECT_EQ(response["result"]["status"], "Failure");
    return response["result"]["message"].get<std::string>();
  };
  EXPECT_THAT(message(ConversionOf("infra.virtrigaud.io/v2", Json::array({Vm()}))),
              HasSubstr("'infra.virtrigaud.io/v2' is not served; infra.virtrigaud.io/v1beta1 is"));
  Json alpha = Vm();
  alpha["apiVersion"] = "infra.virtrigaud.io/v1alpha1";
  EXPECT_THAT(message(ConversionOf("infra.virtrigaud.io/v1beta1", Json::array({alpha}))),
              HasSubstr("cannot convert 'web' of 'infra.virtrigaud.io/v1alpha1'"));
  EXPECT_THAT(message(ConversionOf("infra.virtrigaud.io/v1beta1", Json::array({7}))),
              HasSubstr("cannot convert"));
}

TEST(ConvertReview, RefusesWhatIsNone) {
  EXPECT_EQ(ConvertReview("{}").status, 400);
  EXPECT_THAT(ConvertReview(VmReview(Vm()).dump()).body, HasSubstr("no ConversionReview"));
  EXPECT_THAT(ConvertReview(ConversionOf("x", "no list").dump()).body, HasSubstr("objects"));
}

}  // namespace
}  // namespace vr::controllers
