#include "controllers/unserved/unserved_kinds.h"

#include "api/v1beta1/vm_snapshot.h"
#include "api/v1beta1/vm_template.h"
#include "controllers/controllers_fixture.h"

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

}  // namespace
}  // namespace vr::controllers
