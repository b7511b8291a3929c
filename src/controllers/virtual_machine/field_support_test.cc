#include "controllers/virtual_machine/field_support.h"

#include <gmock/gmock.h>

namespace vr::controllers {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class FieldSupport : public ::testing::Test {
 protected:
  std::vector<std::string> On(const std::string& type) {
    auto provider = std::make_shared<api::Provider>();
    provider->spec.type = type;
    return FieldsWithoutEffect(vm_, {.provider = provider,
                                     .vm_class = std::make_shared<api::VmClass>(class_),
                                     .image = nullptr,
                                     .networks = {}});
  }
  api::VirtualMachine vm_;
  api::VmClass class_;
};

TEST_F(FieldSupport, NamesWhatLibvirtDoesNotActOn) {
  vm_.spec.tags = {"web"};
  vm_.spec.placement.host = "node-1";
  vm_.spec.disks = {{.name = "data", .storage_class = "fast"}};
  class_.meta.name = "small";
  class_.spec.extra_config = {{"a", "b"}};
  EXPECT_THAT(On("libvirt"),
              ElementsAre("spec.placement.host", "spec.tags", "spec.disks[0].storageClass",
                          "VMClass small: spec.extraConfig"));
  EXPECT_THAT(On("vsphere"), IsEmpty());
}

TEST_F(FieldSupport, TakesDefaultsForNoWish) {
  class_.spec.guest_tools_policy = "install";
  class_.spec.latency_sensitivity = "normal";
  class_.spec.hyper_threading_policy = "auto";
  vm_.spec.disks = {{.name = "data", .expand_policy = "Offline"}};
  EXPECT_THAT(On("libvirt"), IsEmpty());
}

TEST_F(FieldSupport, KeepsWhatNoProviderActsOn) {
  vm_.spec.without_effect = {"spec.placementRef"};
  EXPECT_THAT(On("mock"), ElementsAre("spec.placementRef"));
}

TEST_F(FieldSupport, LooksAtTheDisksThatTheClassGives) {
  class_.meta.name = "small";
  class_.spec.disks.push_back({.name = "data", .storage_class = "fast", .size_gib = 10});
  EXPECT_THAT(On("libvirt"), ElementsAre("VMClass small: spec.disks[0].storageClass"));
  vm_.spec.disks.push_back({.name = "own", .size_gib = 1});
  EXPECT_THAT(On("libvirt"), IsEmpty());
}

}  // namespace
}  // namespace vr::controllers
