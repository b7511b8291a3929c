#include "controllers/webhook/change_advisor.h"

#include "controllers/controllers_fixture.h"

namespace vr::controllers {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ChangeAdvisorTest : public ::testing::Test {
 protected:
  // A running VM in the caches, as its status tells.
  void MakeVm(const std::string& name) {
    Json vm = Object("VirtualMachine", name,
                     {{"providerRef", {{"name", "lab"}}},
                      {"classRef", {{"name", "small"}}},
                      {"imageRef", {{"name", "tiny"}}}});
    vm["status"] = {{"id", name},
                    {"powerState", "On"},
                    {"currentResources", {{"cpu", 1}, {"memoryMiB", 1024}}}};
    Put(world_.stores.vms, vm);
    vm_ = vm;
  }
  void MakeClass(const std::string& name, const Json& spec) {
    Put(world_.stores.classes, ClassOf(name, spec));
  }
  Json ClassOf(const std::string& name, const Json& spec) { return Object("VMClass", name, spec); }

  template <class T>
  void Put(runtime::Store<T>& store, const Json& json) {
    store.Put(kube::ResourceTraits<T>::Decode(json).value(), runtime::Origin::kChange);
  }

  const Json small_ = {{"cpu", 1}, {"memory", "1Gi"}};
  World world_;
  Json vm_;
  const ChangeAdvisor advise_ = MakeChangeAdvisor(world_.stores);
};

TEST_F(ChangeAdvisorTest, TellsWhatAnotherClassMeansForAVm) {
  MakeClass("small", small_);
  MakeClass("large", {{"cpu", 4}, {"memory", "1Gi"}, {"firmware", "UEFI"}});
  MakeVm("web");
  Json after = vm_;
  after["spec"]["classRef"]["name"] = "large";
  EXPECT_THAT(advise_("VirtualMachine", vm_, after),
              ElementsAre("cpu is 1, wanted 4: needs a power cycle",
                          "firmware is BIOS, wanted UEFI: needs replacement, an existing VM keeps "
                          "what it has"));
}

TEST_F(ChangeAdvisorTest, KnowsWhatTheProviderCanDo) {
  MakeClass("small", small_);
  MakeVm("web");
  Json provider = Object("Provider", "lab", {{"type", "mock"}});
  provider["status"]["reportedCapabilities"] = {{"supportsReconfigureOnline", true}};
  Put(world_.stores.providers, provider);
  Json after = vm_;
  after["spec"]["resources"]["cpu"] = 2;
  EXPECT_THAT(advise_("VirtualMachine", vm_, after),
              ElementsAre("cpu is 1, wanted 2: hot, it changes while the VM runs"));
}

TEST_F(ChangeAdvisorTest, GroupsTheVmsOfAClass) {
  MakeClass("small", small_);
  for (const char* name : {"a", "b", "c", "d", "e"}) MakeVm(name);
  EXPECT_THAT(advise_("VMClass", ClassOf("small", small_),
                      ClassOf("small", {{"cpu", 2}, {"memory", "1Gi"}})),
              ElementsAre("VirtualMachine default/a, default/b, default/c and 2 more: cpu is 1, "
                          "wanted 2: needs a power cycle"));
}

TEST_F(ChangeAdvisorTest, IsSilentWithoutVmsOrCaches) {
  MakeVm("web");
  Json after = vm_;
  after["spec"]["resources"]["cpu"] = 2;
  EXPECT_THAT(advise_("VirtualMachine", vm_, after), IsEmpty());
  EXPECT_THAT(advise_("VMClass", ClassOf("other", small_),
                      ClassOf("other", {{"cpu", 2}, {"memory", "1Gi"}})),
              IsEmpty());
  EXPECT_THAT(advise_("VMImage", Json::object(), Json::object()), IsEmpty());
  EXPECT_THAT(advise_("VMClass", Json::object(), Json(7)), IsEmpty());
}

}  // namespace
}  // namespace vr::controllers
