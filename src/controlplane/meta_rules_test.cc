#include "controlplane/meta_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "controlplane/api_server_fixture.h"

namespace vr::controlplane {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

TEST(MetaRules, KeysAreQualifiedNames) {
  EXPECT_THAT(QualifiedNameProblems("example.com/name"), IsEmpty());
  EXPECT_THAT(QualifiedNameProblems("/a"), ElementsAre("prefix part must be non-empty"));
  EXPECT_THAT(QualifiedNameProblems("example.com/"),
              ElementsAre("name part must be non-empty", StartsWith("name part must consist of")));
  EXPECT_THAT(QualifiedNameProblems("a/b/c"), ElementsAre(StartsWith("a qualified name must")));
  EXPECT_THAT(QualifiedNameProblems(std::string(64, 'a')),
              ElementsAre("name part must be no more than 63 characters"));
  EXPECT_THAT(QualifiedNameProblems(std::string(63, 'a')), IsEmpty());
}

class MetaRulesTest : public ApiServerTest {
 protected:
  std::string Message(const Json& meta) { return Create("web", meta).value("message", ""); }
  static Json Owner(const char* kind, bool controller) {
    return {{"apiVersion", "v1"},
            {"kind", kind},
            {"name", "o"},
            {"uid", "11111111-2222-3333-4444-555555555555"},
            {"controller", controller}};
  }
};

TEST_F(MetaRulesTest, AnnotationsHaveALimit) {
  constexpr size_t kLimit = 256 * 1024;
  EXPECT_THAT(Message({{"annotations", {{"a", std::string(kLimit, 'x')}}}}),
              HasSubstr("metadata.annotations: Too long: may not be more than 262144 bytes"));
  EXPECT_EQ(Message({{"annotations", {{"a", std::string(kLimit - 1, 'x')}}}}), "");
}

TEST_F(MetaRulesTest, OneControllerAndNoEventOwns) {
  EXPECT_THAT(Message({{"ownerReferences", {Owner("ConfigMap", true), Owner("Secret", true)}}}),
              HasSubstr("Found \"true\" in references for ConfigMap/o and Secret/o"));
  EXPECT_THAT(Message({{"ownerReferences", {Owner("Event", false)}}}),
              HasSubstr("/v1, Kind=Event is disallowed from being an owner"));
  EXPECT_EQ(Message({{"ownerReferences", {Owner("ConfigMap", true), Owner("Secret", false)}}}), "");
}

TEST_F(MetaRulesTest, NobodySetsATimeOfDeletion) {
  Create("web");
  const auto patched = Call("PATCH", std::string(kVms) + "/web",
                            {{"metadata", {{"deletionTimestamp", "2001-01-01T00:00:00Z"}}}},
                            "application/merge-patch+json");
  EXPECT_EQ(patched.status, 422);
  EXPECT_THAT(Body(patched)["message"].get<std::string>(), HasSubstr("field is immutable"));
  EXPECT_THAT(Message({{"name", "b"}, {"creationTimestamp", "yesterday"}}),
              HasSubstr("parsing time \"yesterday\""));
}

TEST_F(MetaRulesTest, BodiesAndDataHaveALimit) {
  const std::string url = "/api/v1/namespaces/default/configmaps";
  const auto post = [&](size_t size) {
    return Call("POST", url,
                {{"apiVersion", "v1"},
                 {"kind", "ConfigMap"},
                 {"metadata", {{"name", "c"}}},
                 {"data", {{"a", std::string(size, 'x')}}}})
        .status;
  };
  EXPECT_EQ(post(4U << 20U), 413);
  EXPECT_EQ(post((1U << 20U) + 1), 422);
  EXPECT_EQ(post(1U << 20U), 201);
}

TEST_F(MetaRulesTest, OptionsOfADeletionAreChecked) {
  Create("web");
  const auto remove = [&](const Json& options) {
    return Call("DELETE", std::string(kVms) + "/web", options).status;
  };
  EXPECT_EQ(remove({{"orphanDependents", true}, {"propagationPolicy", "Orphan"}}), 422);
  EXPECT_EQ(remove({{"dryRun", {"Some"}}}), 422);
  EXPECT_EQ(remove({{"gracePeriodSeconds", "soon"}}), 500);
  EXPECT_EQ(remove({{"kind", "ConfigMap"}, {"apiVersion", "v1"}}), 500);
  EXPECT_EQ(Call("DELETE", std::string(kVms) + "/web?gracePeriodSeconds=soon").status, 400);
  EXPECT_EQ(remove({{"orphanDependents", true}}), 200);
}

TEST_F(MetaRulesTest, TypesThatDoNotFitAreRefusedAndNotStumbledOver) {
  const std::string bad_owner = "json: cannot unmarshal number into Go struct field OwnerReference";
  Json owner = Owner("ConfigMap", true);
  owner["name"] = 3;
  EXPECT_THAT(Message({{"ownerReferences", {owner}}}), HasSubstr(bad_owner));
  EXPECT_EQ(Message({{"resourceVersion", nullptr}, {"labels", nullptr}}), "");
  EXPECT_EQ(Message({{"name", "b"},
                     {"managedFields",
                      {{{"manager", "m"},
                        {"operation", "Update"},
                        {"fieldsV1", {{"", Json::object()}, {"x", {{"f:", 3}}}}}}}}}),
            "");
  const Json ns = {
      {"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", "n"}}}, {"spec", {"a"}}};
  EXPECT_THAT(Body(Call("POST", "/api/v1/namespaces", ns))["message"].get<std::string>(),
              HasSubstr("Namespace.spec of type v1.NamespaceSpec"));
  const Json account = {{"apiVersion", "v1"},
                        {"kind", "ServiceAccount"},
                        {"metadata", {{"name", "a"}}},
                        {"secrets", {{{"name", "s"}}, {{"other", "t"}}}}};
  EXPECT_EQ(Call("POST", "/api/v1/namespaces/default/serviceaccounts", account).status, 201);
  for (const Json& options : {Json{{"preconditions", nullptr}}, Json{{"dryRun", nullptr}}})
    EXPECT_EQ(Call("DELETE", std::string(kVms) + "/none", options).status, 404);
}

TEST_F(MetaRulesTest, FinalizeLetsANamespaceGo) {
  const Json ns = {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", "n"}}}};
  Call("POST", "/api/v1/namespaces", ns);
  EXPECT_EQ(Call("GET", "/api/v1/namespaces/n/finalize").status, 405);
  const Json freed =
      Body(Call("PUT", "/api/v1/namespaces/n/finalize",
                {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", "n"}}}}));
  EXPECT_EQ(freed.value("spec", Json()), Json::object()) << freed;
}

}  // namespace
}  // namespace vr::controlplane
