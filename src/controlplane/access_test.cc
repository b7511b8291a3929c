#include "controlplane/access.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "controlplane/api_server.h"
#include "testing/fake_clock.h"

namespace vr::controlplane {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Answer final : public net::ResponseWriter {
 public:
  vr::Status Send(net::HttpResponse response) override {
    sent = std::move(response);
    return {};
  }
  vr::Status Start(int, net::Headers) override { return {}; }
  vr::Status Write(std::string_view) override { return {}; }
  net::HttpResponse sent;
};

constexpr const char* kRbac = "/apis/rbac.authorization.k8s.io/v1";
constexpr const char* kConfigMaps = "/api/v1/namespaces/default/configmaps";

// An API server with one administrator, whose token is "root"; all others have client certificates.
class AccessTest : public ::testing::Test {
 protected:
  net::HttpResponse Send(const net::PeerIdentity& peer, net::HttpRequest request,
                         const Json& body) {
    request.headers.emplace("Content-Type", "application/json");
    if (!body.is_null()) request.body = body.dump();
    Answer out;
    server_->Handle(Context(), peer, request, out);
    return out.sent;
  }
  net::HttpResponse As(const std::string& user, const std::string& method, const std::string& url,
                       const Json& body = nullptr, std::vector<std::string> groups = {}) {
    return Send({.address = "127.0.0.1:1", .common_name = user, .organizations = std::move(groups)},
                {.method = method, .url = url}, body);
  }
  net::HttpResponse WithToken(const std::string& token, const std::string& method,
                              const std::string& url, const Json& body = nullptr) {
    return Send({.address = "127.0.0.1:1"},
                {.method = method, .url = url, .headers = {{"Authorization", "Bearer " + token}}},
                body);
  }
  Json Root(const std::string& method, const std::string& url, const Json& body = nullptr) {
    const auto response = WithToken("root", method, url, body);
    EXPECT_LT(response.status, 300) << response.body;
    return Json::parse(response.body);
  }
  // Binds a ClusterRole to a user in the namespace "default".
  void Bind(const std::string& user, const std::string& role) {
    Root("POST", std::string(kRbac) + "/namespaces/default/rolebindings",
         {{"metadata", {{"name", user + "-" + role}}},
          {"roleRef", {{"kind", "ClusterRole"}, {"name", role}}},
          {"subjects", {{{"kind", "User"}, {"name", user}}}}});
  }
  static Json ConfigMap(const std::string& name) { return {{"metadata", {{"name", name}}}}; }

  vr::testing::FakeClock clock_;
  std::vector<std::string> audit_;
  std::unique_ptr<ApiServer> server_ =
      ApiServer::Open({.tokens = {{"root", "admin"}},
                       .audit = [this](std::string_view line) { audit_.emplace_back(line); }},
                      clock_)
          .value();
};

TEST_F(AccessTest, RefusesInTheWordsOfKubernetes) {
  const auto refused = As("bob", "GET", kConfigMaps);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(
      Json::parse(refused.body)["message"],
      "configmaps is forbidden: User \"bob\" cannot list resource \"configmaps\" in API group "
      "\"\" in the namespace \"default\"");
  EXPECT_EQ(
      Json::parse(As("bob", "DELETE", "/api/v1/namespaces/default").body)["message"],
      "namespaces \"default\" is forbidden: User \"bob\" cannot delete resource \"namespaces\" "
      "in API group \"\" in the namespace \"default\"");
}

TEST_F(AccessTest, KnowsNobodyWithoutCredentialsAndNoWrongOnes) {
  EXPECT_EQ(As("", "GET", kConfigMaps).status, 403);
  EXPECT_EQ(As("", "GET", "/version").status, 200);
  EXPECT_EQ(As("", "GET", "/apis").status, 403);
  EXPECT_EQ(As("bob", "GET", "/apis").status, 200);
  EXPECT_EQ(WithToken("nonsense", "GET", "/version").status, 401);
}

TEST_F(AccessTest, ViewReadsAndEditWritesInItsNamespaceOnly) {
  Bind("bob", "view");
  Bind("eve", "edit");
  EXPECT_EQ(As("bob", "GET", kConfigMaps).status, 200);
  EXPECT_EQ(As("bob", "POST", kConfigMaps, ConfigMap("a")).status, 403);
  EXPECT_EQ(As("bob", "GET", "/api/v1/namespaces/default/secrets").status, 403);
  EXPECT_EQ(As("bob", "GET", "/api/v1/configmaps").status, 403) << "all namespaces";
  EXPECT_EQ(As("eve", "POST", kConfigMaps, ConfigMap("a")).status, 201);
  EXPECT_EQ(As("eve", "GET", "/api/v1/namespaces/default/secrets").status, 200);
  EXPECT_EQ(As("eve", "GET", "/api/v1/namespaces/kube-system/secrets").status, 403);
}

TEST_F(AccessTest, GroupsAreThoseOfTheCertificate) {
  Root("POST", std::string(kRbac) + "/clusterrolebindings",
       {{"metadata", {{"name", "ops"}}},
        {"roleRef", {{"kind", "ClusterRole"}, {"name", "view"}}},
        {"subjects", {{{"kind", "Group"}, {"name", "ops"}}}}});
  EXPECT_EQ(As("carol", "GET", "/api/v1/configmaps", nullptr, {"ops"}).status, 200);
  EXPECT_EQ(As("carol", "GET", "/api/v1/configmaps").status, 403);
}

TEST_F(AccessTest, NobodyGivesAwayWhatHeDoesNotHave) {
  Bind("eve", "admin");
  const std::string roles = std::string(kRbac) + "/namespaces/default/roles";
  const auto role = [](const char* group, const char* resource) {
    return Json{
        {"metadata", {{"name", resource}}},
        {"rules", {{{"verbs", {"get"}}, {"apiGroups", {group}}, {"resources", {resource}}}}}};
  };
  EXPECT_EQ(As("eve", "POST", roles, role("", "secrets")).status, 201);
  const auto refused = As("eve", "POST", roles, role("other.example.com", "things"));
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.body,
              HasSubstr("is attempting to grant RBAC permissions not currently held"));
  const auto binding = As("eve", "POST", std::string(kRbac) + "/namespaces/default/rolebindings",
                          {{"metadata", {{"name", "all"}}},
                           {"roleRef", {{"kind", "ClusterRole"}, {"name", "cluster-admin"}}},
                           {"subjects", {{{"kind", "User"}, {"name", "eve"}}}}});
  EXPECT_EQ(binding.status, 403) << binding.body;
}

TEST_F(AccessTest, ApplyThatCreatesNeedsTheRightToCreate) {
  Root("POST", std::string(kRbac) + "/namespaces/default/roles",
       {{"metadata", {{"name", "patcher"}}},
        {"rules", {{{"verbs", {"patch"}}, {"apiGroups", {""}}, {"resources", {"configmaps"}}}}}});
  Root("POST", std::string(kRbac) + "/namespaces/default/rolebindings",
       {{"metadata", {{"name", "patcher"}}},
        {"roleRef", {{"kind", "Role"}, {"name", "patcher"}}},
        {"subjects", {{{"kind", "User"}, {"name", "bob"}}}}});
  const auto apply = [&](const std::string& name) {
    const Json body = {{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", {{"name", name}}}};
    return Send({.common_name = "bob"},
                {.method = "PATCH",
                 .url = std::string(kConfigMaps) + "/" + name + "?fieldManager=bob",
                 .headers = {{"Content-Type", "application/apply-patch+yaml"}},
                 .body = body.dump()},
                nullptr)
        .status;
  };
  EXPECT_EQ(apply("new"), 403);
  Root("POST", kConfigMaps, ConfigMap("old"));
  EXPECT_EQ(apply("old"), 200);
}

TEST_F(AccessTest, TokensOfAccountsEndWithTheirTimeAndTheirAccount) {
  const std::string accounts = "/api/v1/namespaces/default/serviceaccounts";
  Root("POST", accounts, {{"metadata", {{"name", "ci"}}}});
  const auto token = [&] {
    return Root("POST", accounts + "/ci/token",
                {{"spec", {{"expirationSeconds", 600}}}})["status"]["token"]
        .get<std::string>();
  };
  const std::string first = token();
  EXPECT_EQ(WithToken(first, "GET", kConfigMaps).status, 403) << "known, without rights";
  Root("POST", std::string(kRbac) + "/namespaces/default/rolebindings",
       {{"metadata", {{"name", "ci"}}},
        {"roleRef", {{"kind", "ClusterRole"}, {"name", "view"}}},
        {"subjects", {{{"kind", "ServiceAccount"}, {"name", "ci"}}}}});
  EXPECT_EQ(WithToken(first, "GET", kConfigMaps).status, 200);
  clock_.Advance(std::chrono::seconds(601));
  EXPECT_EQ(WithToken(first, "GET", kConfigMaps).status, 401);
  const std::string second = token();
  Root("DELETE", accounts + "/ci");
  Root("POST", accounts, {{"metadata", {{"name", "ci"}}}});
  EXPECT_EQ(WithToken(second, "GET", kConfigMaps).status, 401) << "another account of that name";
}

TEST_F(AccessTest, ImpersonationTakesARight) {
  const auto as = [&](const net::PeerIdentity& peer, const std::string& token) {
    net::HttpRequest request{
        .method = "GET", .url = kConfigMaps, .headers = {{"Impersonate-User", "bob"}}};
    if (!token.empty()) request.headers.emplace("Authorization", "Bearer " + token);
    return Send(peer, request, nullptr);
  };
  EXPECT_THAT(as({}, "root").body, HasSubstr("User \\\"bob\\\" cannot list"));
  EXPECT_THAT(as({.common_name = "eve"}, "").body,
              HasSubstr("User \\\"eve\\\" cannot impersonate resource \\\"users\\\""));
  Bind("bob", "view");
  EXPECT_EQ(as({}, "root").status, 200);
}

TEST_F(AccessTest, WhoActsForAnAccountHasItsGroups) {
  Root("POST", std::string(kRbac) + "/clusterrolebindings",
       {{"metadata", {{"name", "accounts"}}},
        {"roleRef", {{"kind", "ClusterRole"}, {"name", "view"}}},
        {"subjects", {{{"kind", "Group"}, {"name", "system:serviceaccounts:team"}}}}});
  const auto as = [&](const std::string& account) {
    return Send({},
                {.method = "GET",
                 .url = kConfigMaps,
                 .headers = {{"Authorization", "Bearer root"}, {"Impersonate-User", account}}},
                nullptr)
        .status;
  };
  EXPECT_EQ(as("system:serviceaccount:team:ci"), 200);
  EXPECT_EQ(as("system:serviceaccount:other:ci"), 403);
}

TEST_F(AccessTest, AuditsWritesAndRefusalsButNoReads) {
  Root("GET", kConfigMaps);
  EXPECT_THAT(audit_, IsEmpty());
  Root("POST", kConfigMaps, {{"metadata", {{"name", "a"}}}, {"data", {{"key", "hidden"}}}});
  As("bob", "GET", kConfigMaps);
  ASSERT_THAT(audit_, SizeIs(2));
  const Json write = Json::parse(audit_[0]);
  EXPECT_EQ(write["user"]["username"], "admin");
  EXPECT_EQ(write["verb"], "create");
  EXPECT_EQ(write["responseStatus"]["code"], 201);
  EXPECT_EQ(write["objectRef"]["resource"], "configmaps");
  EXPECT_THAT(audit_[0], ::testing::Not(HasSubstr("hidden")));
  EXPECT_EQ(Json::parse(audit_[1])["responseStatus"]["code"], 403);
  WithToken("root", "POST", "/virtrigaud/restore", {{"file", "x"}});
  ASSERT_THAT(audit_, SizeIs(3));
  EXPECT_EQ(Json::parse(audit_[2])["requestURI"], "/virtrigaud/restore");
}

TEST(AttributesOf, NamesWhatRolesName) {
  const auto of = [](const std::string& method, const std::string& url) {
    const Attributes a = AttributesOf(method, ParseTarget(url));
    return std::vector<std::string>{a.verb, a.group, a.FullResource(), a.ns, a.name, a.path};
  };
  EXPECT_THAT(of("GET", "/apis/g/v1/namespaces/n/vms"),
              ElementsAre("list", "g", "vms", "n", "", ""));
  EXPECT_THAT(of("GET", "/apis/g/v1/vms?watch=true"), ElementsAre("watch", "g", "vms", "", "", ""));
  EXPECT_THAT(of("PUT", "/apis/g/v1/namespaces/n/vms/a/status"),
              ElementsAre("update", "g", "vms/status", "n", "a", ""));
  EXPECT_THAT(of("GET", "/api/v1/namespaces/n"),
              ElementsAre("get", "", "namespaces", "n", "n", ""));
  EXPECT_THAT(of("DELETE", "/api/v1/namespaces/n/secrets"),
              ElementsAre("deletecollection", "", "secrets", "n", "", ""));
  EXPECT_THAT(of("GET", "/api/v1/secrets?fieldSelector=metadata.name%3Da"),
              ElementsAre("list", "", "secrets", "", "a", ""));
  EXPECT_THAT(of("GET", "/openapi/v3"), ElementsAre("get", "", "", "", "", "/openapi/v3"));
}

}  // namespace
}  // namespace vr::controlplane
