#include "controlplane/api_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/kinds.h"
#include "controlplane/api_server_fixture.h"

namespace vr::controlplane {
namespace {

using ::testing::HasSubstr;

TEST_F(ApiServerTest, SaysItsVersionWithAllThatClientsInsistOn) {
  const Json version = Body(Call("GET", "/version"));
  for (const char* field : {"major", "minor", "gitVersion", "gitCommit", "gitTreeState",
                            "buildDate", "goVersion", "compiler", "platform"})
    EXPECT_TRUE(version.contains(field) && version[field].is_string()) << field;
}

TEST_F(ApiServerTest, CreateStampsWhatTheServerOwns) {
  const Json made = Create("web");
  EXPECT_EQ(made["metadata"]["generation"], 1);
  EXPECT_EQ(made["metadata"]["uid"].get<std::string>().size(), 36U);
  EXPECT_EQ(made["kind"], "VirtualMachine");
  EXPECT_EQ(Body(Call("GET", std::string(kVms) + "/web")), made);
}

TEST_F(ApiServerTest, AnswersInTheRealWording) {
  EXPECT_EQ(Body(Call("GET", std::string(kVms) + "/web"))["message"],
            "virtualmachines.infra.virtrigaud.io \"web\" not found");
  Create("web");
  EXPECT_EQ(Body(Call("POST", kVms, Vm("web")))["message"],
            "virtualmachines.infra.virtrigaud.io \"web\" already exists");
  EXPECT_EQ(Body(Call("POST", "/apis/infra.virtrigaud.io/v1beta1/namespaces/none/virtualmachines",
                      Vm("web")))["message"],
            "namespaces \"none\" not found");
  Json stale = Vm("web");
  stale["metadata"]["resourceVersion"] = "1";
  EXPECT_THAT(Body(Call("PUT", std::string(kVms) + "/web", stale))["message"].get<std::string>(),
              HasSubstr("the object has been modified; please apply your changes to the latest "
                        "version and try again"));
}

TEST_F(ApiServerTest, OnlyTheStatusSubresourceWritesStatus) {
  Create("web");
  const Json patch = {{"spec", {{"powerState", "Off"}}}, {"status", {{"id", "7"}}}};
  Json after =
      Body(Call("PATCH", std::string(kVms) + "/web", patch, "application/merge-patch+json"));
  EXPECT_FALSE(after.contains("status"));
  EXPECT_EQ(after["metadata"]["generation"], 2);
  after = Body(Call("PATCH", std::string(kVms) + "/web/status",
                    Json{{"spec", {{"powerState", "On"}}}, {"status", {{"id", "7"}}}},
                    "application/merge-patch+json"));
  EXPECT_EQ(after["status"]["id"], "7");
  EXPECT_EQ(after["spec"]["powerState"], "Off");
  EXPECT_EQ(after["metadata"]["generation"], 2);
}

TEST_F(ApiServerTest, AnUnchangedWriteKeepsTheVersion) {
  const Json made = Create("web");
  const Json after =
      Body(Call("PATCH", std::string(kVms) + "/web",
                Json{{"spec", {{"classRef", {{"name", "c"}}}}}}, "application/merge-patch+json"));
  EXPECT_EQ(after["metadata"]["resourceVersion"], made["metadata"]["resourceVersion"]);
}

TEST_F(ApiServerTest, FinalizersHoldADeletionBack) {
  Create("web", {{"finalizers", {"a/b"}}});
  EXPECT_TRUE(
      Body(Call("DELETE", std::string(kVms) + "/web"))["metadata"].contains("deletionTimestamp"));
  EXPECT_EQ(Call("GET", std::string(kVms) + "/web").status, 200);
  Call("PATCH", std::string(kVms) + "/web", Json{{"metadata", {{"finalizers", nullptr}}}},
       "application/merge-patch+json");
  EXPECT_EQ(Call("GET", std::string(kVms) + "/web").status, 404);
}

TEST_F(ApiServerTest, ADryRunStoresNothing) {
  EXPECT_EQ(Call("POST", std::string(kVms) + "?dryRun=All", Vm("web")).status, 201);
  EXPECT_EQ(Call("GET", std::string(kVms) + "/web").status, 404);
}

TEST_F(ApiServerTest, ListsInPagesWithoutLosingOrRepeatingAnything) {
  for (int i = 0; i < 5; ++i) Create("vm-" + std::to_string(i));
  std::vector<std::string> names;
  std::string token;
  do {
    const Json page = Body(Call("GET", std::string(kVms) + "?limit=2&continue=" + token));
    for (const Json& item : page["items"]) names.push_back(item["metadata"]["name"]);
    token = page["metadata"].value("continue", "");
  } while (!token.empty());
  EXPECT_EQ(names, (std::vector<std::string>{"vm-0", "vm-1", "vm-2", "vm-3", "vm-4"}));
}

TEST_F(ApiServerTest, AWatchReportsWhatLeavesTheSelectorAsDeleted) {
  Create("web", {{"labels", {{"app", "web"}}}});
  const std::string version = Body(Call("GET", kVms))["metadata"]["resourceVersion"];
  Call("PATCH", std::string(kVms) + "/web", Json{{"metadata", {{"labels", {{"app", "db"}}}}}},
       "application/merge-patch+json");
  const auto answer = Call(
      "GET", std::string(kVms) + "?watch=true&labelSelector=app%3Dweb&resourceVersion=" + version);
  EXPECT_EQ(Json::parse(answer.body)["type"], "DELETED");
}

TEST_F(ApiServerTest, ServerSideApplyRemovesWhatItsManagerLeftOutAndDefendsOthers) {
  Json config = Vm("web");
  config["spec"]["powerState"] = "On";
  config["metadata"]["labels"] = {{"a", "1"}};
  const std::string url = std::string(kVms) + "/web?fieldManager=";
  EXPECT_EQ(Call("PATCH", url + "one", config, "application/apply-patch+yaml").status, 201);
  config["metadata"].erase("labels");
  const Json after = Body(Call("PATCH", url + "one", config, "application/apply-patch+yaml"));
  EXPECT_FALSE(after["metadata"].contains("labels"));
  config["spec"]["powerState"] = "Off";
  const auto conflict = Call("PATCH", url + "two", config, "application/apply-patch+yaml");
  EXPECT_EQ(conflict.status, 409);
  EXPECT_THAT(conflict.body, HasSubstr(".spec.powerState"));
  EXPECT_EQ(Body(Call("PATCH", url + "two&force=true", config,
                      "application/apply-patch+yaml"))["spec"]["powerState"],
            "Off");
}

TEST_F(ApiServerTest, StrictValidationNamesUnknownFields) {
  Json vm = Vm("web");
  vm["spec"]["colour"] = "red";
  const auto strict = Call("POST", std::string(kVms) + "?fieldValidation=Strict", vm);
  EXPECT_EQ(strict.status, 400);
  EXPECT_THAT(strict.body, HasSubstr("unknown field \\\"spec.colour\\\""));
  const auto warned = Call("POST", kVms, vm);
  EXPECT_EQ(warned.status, 201);
  EXPECT_THAT(net::HeaderOr(warned.headers, "Warning"), HasSubstr("spec.colour"));
}

// The status that a client sends with the object is not stored, and read all the same.
TEST_F(ApiServerTest, StrictValidationNamesUnknownFieldsOfAStatus) {
  Json vm = Vm("web");
  vm["status"] = {{"phase", "Running"}, {"mood", "good"}};
  const std::string strict = std::string(kVms) + "?fieldValidation=Strict";
  const auto refused = Call("POST", strict, vm);
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("unknown field \\\"status.mood\\\""));
  vm["status"].erase("mood");
  const auto created = Call("POST", strict, vm);
  EXPECT_EQ(created.status, 201);
  EXPECT_FALSE(Body(created).contains("status"));
}

TEST_F(ApiServerTest, ANamespaceGoesWithItsContents) {
  Call("POST", "/api/v1/namespaces", Json{{"metadata", {{"name", "lab"}}}});
  Call("POST", "/api/v1/namespaces/lab/configmaps", Json{{"metadata", {{"name", "c"}}}});
  Call("DELETE", "/api/v1/namespaces/lab");
  server_->CollectGarbage();
  EXPECT_EQ(Call("GET", "/api/v1/namespaces/lab/configmaps/c").status, 404);
  EXPECT_EQ(Call("GET", "/api/v1/namespaces/lab").status, 404);
}

TEST_F(ApiServerTest, OrphansFollowTheirOwner) {
  const Json owner = Create("web");
  const Json reference = {{"apiVersion", "infra.virtrigaud.io/v1beta1"},
                          {"kind", "VirtualMachine"},
                          {"name", "web"},
                          {"uid", owner["metadata"]["uid"]}};
  Call("POST", "/api/v1/namespaces/default/configmaps",
       Json{{"metadata", {{"name", "c"}, {"ownerReferences", {reference}}}}});
  Call("DELETE", std::string(kVms) + "/web");
  EXPECT_EQ(Call("GET", "/api/v1/namespaces/default/configmaps/c").status, 404);
}

TEST_F(ApiServerTest, HostileInputIsRefused) {
  EXPECT_EQ(Call("POST", kVms, Json("text")).status, 400);
  Json vm = Vm("Not_A_Name");
  EXPECT_EQ(Call("POST", kVms, vm).status, 422);
  vm["metadata"]["name"] = 3;
  EXPECT_EQ(Call("POST", kVms, vm).status, 400);
  vm["metadata"] = 3;
  EXPECT_EQ(Call("POST", kVms, vm).status, 400);
  vm.erase("kind");
  EXPECT_EQ(Call("POST", kVms, vm).status, 400);
  EXPECT_EQ(Call("GET", "/apis/none/v1/things").status, 404);
  EXPECT_EQ(Call("GET", std::string(kVms) + "?labelSelector=a%20b").status, 400);
  EXPECT_EQ(Call("PATCH", std::string(kVms) + "/web", Json{{"a", 1}}, "text/plain").status, 415);
  EXPECT_EQ(Call("GET", std::string(kVms) + "?continue=zzz").status, 400);
}

TEST_F(ApiServerTest, ADeletionAnswersWithAStatus) {
  const Json made = Create("web");
  const Json answer = Body(Call("DELETE", std::string(kVms) + "/web"));
  EXPECT_EQ(answer["status"], "Success");
  EXPECT_EQ(answer["details"]["uid"], made["metadata"]["uid"]);
}

TEST_F(ApiServerTest, PruningAnUnknownFieldIsNoChange) {
  Create("web");
  const Json after = Body(Call("PATCH", std::string(kVms) + "/web",
                               Json{{"spec", {{"colour", "red"}, {"tags", nullptr}}}},
                               "application/merge-patch+json"));
  EXPECT_EQ(after["metadata"]["generation"], 1);
}

TEST_F(ApiServerTest, APatchCannotTurnAnObjectIntoAnother) {
  Create("web");
  const auto status = [&](const Json& patch) {
    return Call("PATCH", std::string(kVms) + "/web", patch, "application/merge-patch+json").status;
  };
  EXPECT_EQ(status({{"metadata", {{"name", "db"}}}}), 400);
  EXPECT_EQ(status({{"metadata", {{"uid", "1"}}}}), 422);
  EXPECT_EQ(status({{"kind", "Provider"}}), 422);
  EXPECT_EQ(status(nullptr), 400);
}

TEST_F(ApiServerTest, JsonPatchReplaceAddsAMissingMember) {
  Create("web");
  const Json patch = {{{"op", "replace"}, {"path", "/spec/powerState"}, {"value", "Off"}}};
  EXPECT_EQ(Body(Call("PATCH", std::string(kVms) + "/web", patch,
                      "application/json-patch+json"))["spec"]["powerState"],
            "Off");
}

TEST_F(ApiServerTest, NamespacesAreProtected) {
  EXPECT_EQ(Call("DELETE", "/api/v1/namespaces").status, 405);
  EXPECT_EQ(Call("DELETE", "/api/v1/namespaces/default").status, 403);
  Call("PATCH", "/api/v1/namespaces/default", Json{{"spec", nullptr}},
       "application/merge-patch+json");
  EXPECT_EQ(Body(Call("GET", "/api/v1/namespaces/default"))["spec"]["finalizers"],
            Json({"kubernetes"}));
}

TEST_F(ApiServerTest, NothingNewStandsInANamespaceThatIsBeingDeleted) {
  Call("POST", "/api/v1/namespaces", Json{{"metadata", {{"name", "n"}}}});
  const std::string maps = "/api/v1/namespaces/n/configmaps";
  Call("POST", maps, Json{{"metadata", {{"name", "held"}, {"finalizers", {"a/b"}}}}});
  // The word alone is no deletion.
  Call("PATCH", "/api/v1/namespaces/n",
       Json{{"metadata", {{"annotations", {{"deletionTimestamp", "x"}}}}}},
       "application/merge-patch+json");
  EXPECT_EQ(Call("POST", maps, Json{{"metadata", {{"name", "early"}}}}).status, 201);
  Call("DELETE", "/api/v1/namespaces/n");
  EXPECT_EQ(Call("POST", maps, Json{{"metadata", {{"name", "late"}}}}).status, 403);
  const Json late = {{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", {{"name", "late"}}}};
  EXPECT_EQ(
      Call("PATCH", maps + "/late?fieldManager=f", late, "application/apply-patch+yaml").status,
      403);
}

TEST_F(ApiServerTest, DeletingManySaysWhatCouldNotBeDeleted) {
  Create("web");
  const Json options = {{"preconditions", {{"resourceVersion", "1"}}}};
  EXPECT_EQ(Call("DELETE", kVms, options).status, 409);
  EXPECT_EQ(Call("GET", std::string(kVms) + "/web").status, 200);
  EXPECT_EQ(Call("DELETE", kVms).status, 200);
  EXPECT_EQ(Call("GET", std::string(kVms) + "/web").status, 404);
}

TEST_F(ApiServerTest, DefinitionsCanBeListedSelectedAndWatched) {
  const std::string path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  EXPECT_EQ(Body(Call("GET", path))["items"].size(), api::AllKinds().size());
  const auto event = Json::parse(
      Call("GET", path + "?watch=true&fieldSelector=metadata.name%3Dvmclasses.infra.virtrigaud.io")
          .body);
  EXPECT_EQ(event["type"], "ADDED");
  EXPECT_EQ(event["object"]["metadata"]["name"], "vmclasses.infra.virtrigaud.io");
  EXPECT_EQ(Call("POST", path, Json::object()).status, 405);
}

TEST_F(ApiServerTest, RefusesFieldsThatCannotBeSelected) {
  EXPECT_EQ(Call("GET", std::string(kVms) + "?fieldSelector=spec.powerState%3DOn").status, 400);
  EXPECT_EQ(Call("GET", "/api/v1/secrets?fieldSelector=type%3DOpaque").status, 200);
}

TEST_F(ApiServerTest, ForegroundDeletionTakesTheDependentsFirst) {
  const Json owner = Create("web");
  const Json reference = {{"apiVersion", "infra.virtrigaud.io/v1beta1"},
                          {"kind", "VirtualMachine"},
                          {"name", "web"},
                          {"uid", owner["metadata"]["uid"]}};
  Call("POST", "/api/v1/namespaces/default/configmaps",
       Json{{"metadata",
             {{"name", "c"}, {"ownerReferences", {reference}}, {"finalizers", {"a/b"}}}}});
  Call("DELETE", std::string(kVms) + "/web", Json{{"propagationPolicy", "Foreground"}});
  EXPECT_EQ(Call("GET", std::string(kVms) + "/web").status, 200);  // waits for c
  Call("PATCH", "/api/v1/namespaces/default/configmaps/c",
       Json{{"metadata", {{"finalizers", nullptr}}}}, "application/merge-patch+json");
  server_->CollectGarbage();
  EXPECT_EQ(Call("GET", std::string(kVms) + "/web").status, 404);
}

TEST_F(ApiServerTest, OrphaningLeavesTheDependentsAlone) {
  const Json owner = Create("web");
  const Json reference = {{"apiVersion", "infra.virtrigaud.io/v1beta1"},
                          {"kind", "VirtualMachine"},
                          {"name", "web"},
                          {"uid", owner["metadata"]["uid"]}};
  Call("POST", "/api/v1/namespaces/default/configmaps",
       Json{{"metadata", {{"name", "c"}, {"ownerReferences", {reference}}}}});
  Call("DELETE", std::string(kVms) + "/web?propagationPolicy=Orphan");
  server_->CollectGarbage();
  EXPECT_EQ(Call("GET", std::string(kVms) + "/web").status, 404);
  const Json left = Body(Call("GET", "/api/v1/namespaces/default/configmaps/c"));
  EXPECT_FALSE(left["metadata"].contains("ownerReferences"));
}

TEST(ApiServerAuth, AnUnknownTokenIsUnauthorized) {
  testing::FakeClock clock;
  const auto server = ApiServer::Open({.tokens = {{"secret", "admin"}}}, clock).value();
  const auto status = [&](const std::string& header) {
    Recorder out;
    server->Handle(Context(), {},
                   {.method = "GET", .url = "/api", .headers = {{"Authorization", header}}}, out);
    return out.answer.status;
  };
  EXPECT_EQ(status("Bearer wrong"), 401);
  EXPECT_EQ(status(""), 403) << "system:anonymous, who may do nothing here";
  EXPECT_EQ(status("Bearer secret"), 200);
}

TEST_F(ApiServerTest, ScalesAVmSetThroughItsSubresource) {
  const std::string sets = "/apis/infra.virtrigaud.io/v1beta1/namespaces/default/vmsets";
  const Json spec = {{"replicas", 2}, {"template", {{"spec", Vm("x")["spec"]}}}};
  ASSERT_EQ(Call("POST", sets,
                 {{"apiVersion", "infra.virtrigaud.io/v1beta1"},
                  {"kind", "VMSet"},
                  {"metadata", {{"name", "web"}}},
                  {"spec", spec}})
                .status,
            201);
  ASSERT_EQ(
      Call("PATCH", sets + "/web/status", {{"status", {{"replicas", 1}, {"selector", "app=web"}}}},
           "application/merge-patch+json")
          .status,
      200);

  Json scale = Body(Call("GET", sets + "/web/scale"));
  EXPECT_EQ(scale["kind"], "Scale");
  EXPECT_EQ(scale["spec"]["replicas"], 2);
  EXPECT_EQ(scale["status"], (Json{{"replicas", 1}, {"selector", "app=web"}}));

  scale["spec"]["replicas"] = 5;
  EXPECT_EQ(Body(Call("PUT", sets + "/web/scale", scale))["spec"]["replicas"], 5);
  EXPECT_EQ(Call("PUT", sets + "/web/scale", scale).status, 409) << "its version is an old one";
  EXPECT_EQ(Body(Call("PATCH", sets + "/web/scale", {{"spec", {{"replicas", 3}}}},
                      "application/merge-patch+json"))["spec"]["replicas"],
            3);
  const Json set = Body(Call("GET", sets + "/web"));
  EXPECT_EQ(set["spec"]["replicas"], 3);
  EXPECT_EQ(set["status"]["replicas"], 1) << "only the spec is scaled";
  EXPECT_EQ(set["metadata"]["generation"], 3);

  EXPECT_EQ(Call("PATCH", sets + "/web/scale", {{"spec", {{"replicas", -1}}}},
                 "application/merge-patch+json")
                .status,
            422);
  EXPECT_EQ(Call("PATCH", sets + "/web/scale", {{"spec", {{"replicas", 5000}}}},
                 "application/merge-patch+json")
                .status,
            422)
      << "the schema allows 1000";
  EXPECT_EQ(Call("GET", sets + "/none/scale").status, 404);
  ASSERT_EQ(Call("POST", kVms, Vm("web")).status, 201);
  EXPECT_EQ(Call("GET", std::string(kVms) + "/web/scale").status, 404) << "a VM has no scale";
}

}  // namespace
}  // namespace vr::controlplane
