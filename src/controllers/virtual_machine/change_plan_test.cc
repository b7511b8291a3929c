#include "controllers/virtual_machine/change_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vr::controllers {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ChangePlanTest : public ::testing::Test {
 protected:
  ChangePlanTest() {
    old_class_.cpu = new_class_.cpu = 2;
    old_class_.memory_mib = new_class_.memory_mib = 1024;
    provider_.status.capabilities.emplace();
    status_.id = "7";
    status_.power_state = "On";
    status_.current_resources = {2, 1024};
  }
  std::vector<std::string> Planned() {
    std::vector<std::string> out;
    for (const VmChange& change :
         PlanChange({old_spec_, old_class_}, {new_spec_, new_class_}, FactsOf(status_, &provider_)))
      out.push_back(ToString(change));
    return out;
  }
  api::ReportedCapabilities& Can() { return *provider_.status.capabilities; }

  api::VirtualMachineSpec old_spec_, new_spec_;
  api::VmClassSpec old_class_, new_class_;
  api::Provider provider_;
  api::VirtualMachineStatus status_;
};

TEST_F(ChangePlanTest, SaysNothingAboutWhatLeavesTheVmAlone) {
  new_spec_.deletion_policy = "Retain";
  new_spec_.on_missing = "Recreate";
  new_spec_.power_state = "Off";
  EXPECT_THAT(Planned(), IsEmpty());
}

TEST_F(ChangePlanTest, CpuAndMemoryAreHotWhereTheProviderCan) {
  new_spec_.resources = {4, 2048};
  Can().reconfigure_online = true;
  EXPECT_THAT(
      Planned(),
      ElementsAre("cpu is 2, wanted 4: hot, it changes while the VM runs",
                  "memory is 1024 MiB, wanted 2048 MiB: hot, it changes while the VM runs"));
}

TEST_F(ChangePlanTest, CpuNeedsAPowerCycleElsewhere) {
  new_class_.cpu = 4;
  EXPECT_THAT(Planned(), ElementsAre("cpu is 2, wanted 4: needs a power cycle"));
  provider_.status.capabilities.reset();
  EXPECT_THAT(Planned(), ElementsAre("cpu is 2, wanted 4: needs a power cycle"))
      << "nobody knows better yet";
}

TEST_F(ChangePlanTest, AVmThatIsOffChangesNow) {
  new_class_.cpu = 4;
  status_.power_state = "Off";
  EXPECT_THAT(Planned(), ElementsAre("cpu is 2, wanted 4: changes now, as the VM is off"));
}

TEST_F(ChangePlanTest, ResourcesOfTheVmHideThoseOfItsClass) {
  old_spec_.resources = new_spec_.resources = {2, 1024};
  new_class_.cpu = 16;
  EXPECT_THAT(Planned(), IsEmpty());
}

TEST_F(ChangePlanTest, WhatTheVmHasAlreadyIsNoChange) {
  new_class_.cpu = 4;
  status_.current_resources.cpu = 4;
  EXPECT_THAT(Planned(), IsEmpty());
}

TEST_F(ChangePlanTest, FirmwareAndImageNeedReplacement) {
  new_class_.firmware = "UEFI";
  new_spec_.image_ref = api::ObjectRef{"other", ""};
  EXPECT_THAT(
      Planned(),
      ElementsAre("spec.imageRef: needs replacement, an existing VM keeps what it has",
                  "firmware is BIOS, wanted UEFI: needs replacement, an existing VM keeps what it "
                  "has"));
}

TEST_F(ChangePlanTest, WhatIsReadOnceNeedsReplacement) {
  new_spec_.user_data.inline_text = "#cloud-config";
  new_spec_.networks.push_back({.name = "lan"});
  new_spec_.placement.host = "h2";
  new_spec_.tags = {"a"};
  new_class_.tpm_enabled = new_class_.nested_virtualization = true;
  new_class_.root_disk_gib = 40;
  new_class_.cpu_shares = 3;
  new_class_.extra_config = {{"a", "b"}};
  EXPECT_EQ(Planned().size(), 9U);
}

TEST_F(ChangePlanTest, DisksAndNetworksOfTheClassCountForAVmThatNamesNone) {
  new_class_.disks = {{.name = "data", .size_gib = 5}};
  new_class_.networks = {{.name = "front"}};
  EXPECT_THAT(Planned(),
              ElementsAre("spec.disks: needs replacement, an existing VM keeps what it has",
                          "spec.networks: needs replacement, an existing VM keeps what it has"));
  old_spec_.disks = new_spec_.disks = {{.name = "own", .size_gib = 1}};
  old_spec_.networks = new_spec_.networks = {{.name = "mine"}};
  EXPECT_THAT(Planned(), IsEmpty());
}

TEST_F(ChangePlanTest, ADiskOfATypeThatTheProviderLacksIsImpossible) {
  new_spec_.disks.push_back({.name = "data", .type = "thin", .size_gib = 5});
  EXPECT_THAT(Planned(),
              ElementsAre("spec.disks: needs replacement, an existing VM keeps what it has"));
  Can().disk_types = {"raw"};
  EXPECT_THAT(Planned(), ElementsAre("disk data of type thin: impossible on this provider"));
}

TEST_F(ChangePlanTest, AVmThatIsYetToBeMadeTakesAnyChange) {
  new_class_.cpu = 4;
  new_class_.firmware = "UEFI";
  status_ = {};
  EXPECT_THAT(Planned(), IsEmpty());
}

}  // namespace
}  // namespace vr::controllers
