#include "controllers/unserved/unserved_kinds.h"

#include "api/v1beta1/vm_snapshot.h"
#include "api/v1beta1/vm_template.h"
#include "controllers/controllers_fixture.h"
#include "controllers/unserved/unserved_reconciler.h"

namespace vr::controllers {
namespace {

TEST(UnservedKinds, TellTheirOwnersThatNothingActsOnThem) {
  World world;
  UnservedKinds kinds({world.api.client(), world.metrics, SystemClock()}, "");
  kinds.Watch();
  kinds.Work();
  world.Create(Object("VMSnapshot", "nightly", {{"vmRef", {{"name", "web"}}}}));
  world.Create(Object("VMTemplate", "golden", {{"sourceVM", "web"}}));
  const auto said = [&](const auto& object) {
    return object && ConditionText(*object, api::kReady) == "False NotImplemented";
  };
  EXPECT_TRUE(Eventually([&] {
    return said(world.Stored<api::VmSnapshot>({"default", "nightly"})) &&
           said(world.Stored<api::VmTemplate>({"default", "golden"}));
  }));
  EXPECT_EQ(world.Stored<api::VmSnapshot>({"default", "nightly"})->meta.generation, 1)
      << "nothing is written into a spec";
}

TEST(UnservedKinds, AStaleCacheOverwritesNoStatus) {
  World world;
  world.Create(Object("VMSnapshot", "nightly", {{"vmRef", {{"name", "web"}}}}));
  const kube::Key key{"default", "nightly"};
  runtime::Store<api::VmSnapshot> store;
  store.Put(*world.Stored<api::VmSnapshot>(key), runtime::Origin::kInitialList);
  const Json by_another = {{"status", {{"observedGeneration", 7}}}};
  ASSERT_TRUE(world.api.Patch(TypeOf<api::VmSnapshot>(), key, by_another, "status").ok());
  UnservedReconciler<api::VmSnapshot> reconciler(
      {world.api.client(), store, SystemClock(), [](const kube::Key&, const std::string&) {}});
  const auto outcome = reconciler.Reconcile(Context(), key);
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(outcome->requeue_after, Duration::zero());
  EXPECT_EQ(world.Stored<api::VmSnapshot>(key)->status.observed_generation, 7);
}

}  // namespace
}  // namespace vr::controllers
