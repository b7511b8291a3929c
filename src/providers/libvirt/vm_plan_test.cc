#include "providers/libvirt/vm_plan.h"

#include <gtest/gtest.h>

namespace vr::libvirt {
namespace {

const PoolInfo kFolder{"default", "dir"};
const std::string kUuid = "451c2e25-9ca6-841c-af7a-cf14aa942f9e";

sdk::VmSpec Spec() {
  sdk::VmSpec spec;
  spec.name = "web";
  spec.owner_uid = "u";
  spec.owner_key = "default/web";
  spec.vm_class.cpus = 2;
  spec.vm_class.memory_mib = 512;
  spec.vm_class.root_disk_gib = 10;
  spec.image.path = "/srv/tiny.qcow2";
  return spec;
}

TEST(MakeVmPlan, ListsEveryVolumeInTheOwnerMark) {
  sdk::VmSpec spec = Spec();
  spec.disks = {{.name = "data", .size_gib = 5}, {.name = "logs", .size_gib = 1, .type = "raw"}};
  const auto plan = MakeVmPlan(spec, kUuid, kFolder, HostTraits{});
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_TRUE(plan->domain.owner.creating);
  const std::vector<VolumeRef> expected = {{"default", "vrtg-web-451c2e25.qcow2"},
                                           {"default", "vrtg-web-451c2e25-data.qcow2"},
                                           {"default", "vrtg-web-451c2e25-logs.raw"},
                                           {"default", "vrtg-web-451c2e25-cidata.iso"}};
  EXPECT_EQ(plan->domain.owner.volumes, expected);
  EXPECT_TRUE(plan->root_is_overlay);
  EXPECT_EQ(plan->root_min_bytes, int64_t{10} << 30);
}

TEST(CheckVmSpec, RefusesDisksThatWouldShareAVolume) {
  sdk::VmSpec spec = Spec();
  spec.disks = {{.name = "disk2", .size_gib = 1}, {.name = "", .size_gib = 1}};
  EXPECT_EQ(CheckVmSpec(spec).error().kind, ErrorKind::kInvalidSpec);
  spec.disks = {{.name = "a.b", .size_gib = 1}, {.name = "a-b", .size_gib = 1}};
  EXPECT_EQ(CheckVmSpec(spec).error().kind, ErrorKind::kInvalidSpec);
  spec.disks = {{.name = "disk1", .size_gib = 1}, {.name = "", .size_gib = 1}};
  EXPECT_TRUE(CheckVmSpec(spec));
}

TEST(MakeVmPlan, SharesNoNameWithAVmOfTheSameNameInAnotherNamespace) {
  sdk::VmSpec other = Spec();
  other.owner_uid = "other";
  const auto a = MakeVmPlan(Spec(), DomainUuidFor("u"), kFolder, HostTraits{});
  const auto b = MakeVmPlan(other, DomainUuidFor("other"), kFolder, HostTraits{});
  ASSERT_TRUE(a && b);
  EXPECT_NE(a->domain.uuid, b->domain.uuid);
  EXPECT_NE(a->domain.nics[0].mac, b->domain.nics[0].mac);
  for (const VolumeRef& volume : a->domain.owner.volumes) {
    for (const VolumeRef& theirs : b->domain.owner.volumes) EXPECT_NE(volume.name, theirs.name);
  }
}

TEST(MakeVmPlan, CopiesTheImageWhereAPoolHoldsNoFiles) {
  const auto plan = MakeVmPlan(Spec(), kUuid, {"vg", "logical"}, HostTraits{});
  ASSERT_TRUE(plan);
  EXPECT_FALSE(plan->root_is_overlay);
  EXPECT_EQ(plan->root_format, "raw");
}

TEST(MakeVmPlan, ConnectsTheNetworksThatWereAskedFor) {
  sdk::VmSpec spec = Spec();
  spec.networks.resize(3);
  spec.networks[0].mode = "user";
  spec.networks[1].bridge = "br0";
  spec.networks[2].network_name = "lab";
  spec.networks[2].mac_address = "52:54:00:aa:bb:cc";
  const auto plan = MakeVmPlan(spec, kUuid, kFolder, HostTraits{});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->domain.nics[0].kind, NicSpec::Kind::kUser);
  EXPECT_EQ(plan->domain.nics[1].source, "br0");
  EXPECT_EQ(plan->domain.nics[2].source, "lab");
  EXPECT_EQ(plan->domain.nics[2].mac, "52:54:00:aa:bb:cc");
}

TEST(MakeVmPlan, UsesTheDefaultNetworkWhenNoneIsGiven) {
  const auto plan = MakeVmPlan(Spec(), kUuid, kFolder, HostTraits{});
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->domain.nics.size(), 1u);
  EXPECT_EQ(plan->domain.nics[0].source, "default");
}

TEST(MakeVmPlan, LeavesRoomForCpusThatAreAddedLater) {
  sdk::VmSpec spec = Spec();
  spec.vm_class.cpu_hot_add = true;
  EXPECT_EQ(MakeVmPlan(spec, kUuid, kFolder, HostTraits{})->domain.max_cpus, 8);
}

TEST(MakeVmPlan, RefusesWhatTheHostLacks) {
  sdk::VmSpec uefi = Spec();
  uefi.vm_class.firmware = "UEFI";
  EXPECT_EQ(MakeVmPlan(uefi, kUuid, kFolder, HostTraits{}).error().kind, ErrorKind::kNotSupported);
  sdk::VmSpec tpm = Spec();
  tpm.vm_class.tpm_enabled = true;
  EXPECT_EQ(MakeVmPlan(tpm, kUuid, kFolder, HostTraits{}).error().kind, ErrorKind::kNotSupported);
}

TEST(CheckVmSpec, NamesWhatCannotBeHonoured) {
  EXPECT_TRUE(CheckVmSpec(Spec()));
  const auto refused = [](auto change) {
    sdk::VmSpec spec = Spec();
    change(spec);
    const Status status = CheckVmSpec(spec);
    return status ? std::string("accepted") : status.error().message;
  };
  EXPECT_EQ(refused([](auto& s) { s.vm_class.cpus = 0; }), "cpu must be between 1 and 255");
  EXPECT_EQ(refused([](auto& s) { s.name = "../x"; }), "the VM's name '../x' cannot be used");
  EXPECT_EQ(refused([](auto& s) { s.vm_class.memory_limit_mib = 1; }),
            "libvirt provider: resourceLimits");
  EXPECT_EQ(refused([](auto& s) { s.user_data_kind = "ignition"; }),
            "libvirt provider: ignition user data");
  EXPECT_NE(refused([](auto& s) { s.image.path = ""; }), "accepted");
  EXPECT_NE(refused([](auto& s) { s.vm_class.encryption_enabled = true; }), "accepted");
  EXPECT_NE(refused([](auto& s) {
              s.disks = {{.name = "a", .size_gib = 1}, {.name = "a", .size_gib = 1}};
            }),
            "accepted");
}

}  // namespace
}  // namespace vr::libvirt
