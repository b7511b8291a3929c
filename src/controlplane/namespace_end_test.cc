#include "controlplane/namespace_end.h"

#include <gmock/gmock.h>

#include "base/timestamp.h"
#include "controlplane/api_server_fixture.h"
#include "controlplane/namespace_conditions.h"

namespace vr::controlplane {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kNamespace = "/api/v1/namespaces/lab";
constexpr const char* kMaps = "/api/v1/namespaces/lab/configmaps";

class NamespaceEndTest : public ApiServerTest {
 protected:
  NamespaceEndTest() { Call("POST", "/api/v1/namespaces", Named("lab")); }

  static Json Named(const std::string& name, const Json& finalizers = Json::array()) {
    return {{"metadata", {{"name", name}, {"finalizers", finalizers}}}};
  }
  void PutConfigMap(const std::string& name, const Json& finalizers = Json::array()) {
    ASSERT_EQ(Call("POST", kMaps, Named(name, finalizers)).status, 201);
  }
  void PutVm(const std::string& name, const Json& finalizers) {
    Json vm = Vm(name);
    vm["metadata"]["finalizers"] = finalizers;
    const char* vms = "/apis/infra.virtrigaud.io/v1beta1/namespaces/lab/virtualmachines";
    ASSERT_EQ(Call("POST", vms, vm).status, 201);
  }
  void Merge(const std::string& url, const Json& patch) {
    ASSERT_EQ(Call("PATCH", url, patch, "application/merge-patch+json").status, 200);
  }
  void LetGo(const std::string& name) {
    Merge(std::string(kMaps) + "/" + name, {{"metadata", {{"finalizers", nullptr}}}});
  }
  Json Get() { return Body(Call("GET", kNamespace)); }
  Json Condition(const std::string& type) {
    const Json object = Get();
    for (const Json& condition : object["status"]["conditions"]) {
      if (condition["type"] == type) return condition;
    }
    return Json::object();
  }
  std::string Now() const { return FormatTimestamp(clock_.WallNow()); }
};

TEST_F(NamespaceEndTest, SaysWhatIsLeftAndWhatHoldsIt) {
  PutConfigMap("free");
  PutConfigMap("held", {"example.com/a"});
  PutVm("web", {"example.com/a", "infra.virtrigaud.io/vm"});
  Call("DELETE", kNamespace);
  const auto said = [this](const char* type, const char* status, const char* reason,
                           const char* message) {
    return Json{{"type", type},
                {"status", status},
                {"reason", reason},
                {"message", message},
                {"lastTransitionTime", Now()}};
  };
  EXPECT_THAT(
      Get()["status"]["conditions"],
      ElementsAre(said("NamespaceDeletionDiscoveryFailure", "False", "ResourcesDiscovered",
                       "All resources successfully discovered"),
                  said("NamespaceDeletionGroupVersionParsingFailure", "False",
                       "ParsedGroupVersions", "All legacy kube types successfully parsed"),
                  said("NamespaceDeletionContentFailure", "False", "ContentDeleted",
                       "All content successfully deleted, may be waiting on finalization"),
                  said("NamespaceContentRemaining", "True", "SomeResourcesRemain",
                       "Some resources are remaining: configmaps. has 1 resource instances, "
                       "virtualmachines.infra.virtrigaud.io has 1 resource instances"),
                  said("NamespaceFinalizersRemaining", "True", "SomeFinalizersRemain",
                       "Some content in the namespace has finalizers remaining: example.com/a in 2 "
                       "resource instances, infra.virtrigaud.io/vm in 1 resource instances")));
  EXPECT_EQ(Get()["status"]["phase"], "Terminating");
}

TEST_F(NamespaceEndTest, WritesNothingWhileNothingChanges) {
  PutConfigMap("held", {"example.com/a"});
  Call("DELETE", kNamespace);
  const Json before = Get();
  clock_.Advance(std::chrono::minutes(1));
  server_->CollectGarbage();
  EXPECT_EQ(Get(), before);
}

TEST_F(NamespaceEndTest, ANewMessageIsNoTransition) {
  PutConfigMap("a", {"example.com/a"});
  PutConfigMap("b", {"example.com/b"});
  Call("DELETE", kNamespace);
  const std::string began = Now();
  clock_.Advance(std::chrono::minutes(1));
  LetGo("a");
  const Json condition = Condition("NamespaceFinalizersRemaining");
  EXPECT_EQ(condition["message"],
            "Some content in the namespace has finalizers remaining: example.com/b in 1 resource "
            "instances");
  EXPECT_EQ(condition["lastTransitionTime"], began);
}

TEST_F(NamespaceEndTest, SaysThatAllIsGoneWhereTheNamespaceItselfIsHeld) {
  Merge(kNamespace, {{"metadata", {{"finalizers", {"example.com/own"}}}}});
  PutConfigMap("held", {"example.com/a"});
  Call("DELETE", kNamespace);
  const std::string began = Now();
  clock_.Advance(std::chrono::minutes(1));
  LetGo("held");
  const Json content = Condition("NamespaceContentRemaining");
  EXPECT_EQ(content["status"], "False");
  EXPECT_EQ(content["reason"], "ContentRemoved");
  EXPECT_EQ(content["message"], "All content successfully removed");
  EXPECT_EQ(content["lastTransitionTime"], Now());
  const Json finalizers = Condition("NamespaceFinalizersRemaining");
  EXPECT_EQ(finalizers["reason"], "ContentHasNoFinalizers");
  EXPECT_EQ(finalizers["message"], "All content-preserving finalizers finished");
  EXPECT_EQ(Condition("NamespaceDeletionDiscoveryFailure")["lastTransitionTime"], began);
  EXPECT_THAT(Get()["spec"].value("finalizers", Json::array()), IsEmpty());
}

TEST_F(NamespaceEndTest, LeavesConditionsOfOthersAlone) {
  Merge(std::string(kNamespace) + "/status",
        {{"status", {{"conditions", {{{"type", "Backup"}, {"status", "True"}}}}}}});
  PutConfigMap("held", {"example.com/a"});
  Call("DELETE", kNamespace);
  EXPECT_EQ(Condition("Backup")["status"], "True");
  EXPECT_EQ(Condition("NamespaceContentRemaining")["status"], "True");
}

TEST_F(NamespaceEndTest, GoesAtOnceWhereNothingIsHeld) {
  PutConfigMap("free");
  Call("DELETE", kNamespace);
  EXPECT_EQ(Call("GET", kNamespace).status, 404);
}

TEST(NamespaceConditions, NameWhatCouldNotBeDeleted) {
  NamespaceContent left;
  left.objects = {{"secrets.", 2}};
  left.failures = {"disk is full", "no memory"};
  const Json condition = NamespaceConditions(Json(), left, WallTime())[2];
  EXPECT_EQ(condition["type"], "NamespaceDeletionContentFailure");
  EXPECT_EQ(condition["status"], "True");
  EXPECT_EQ(condition["reason"], "ContentDeletionFailed");
  EXPECT_EQ(condition["message"],
            "Failed to delete all resource types, 2 remaining: disk is full, no memory");
}

}  // namespace
}  // namespace vr::controlplane
