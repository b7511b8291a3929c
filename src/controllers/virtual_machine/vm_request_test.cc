#include "controllers/virtual_machine/vm_request.h"

#include <gtest/gtest.h>

namespace vr::controllers {
namespace {

class VmRequest : public ::testing::Test {
 protected:
  VmRequest() {
    vm_.meta.name = "web";
    vm_.meta.ns = "team-a";
    vm_.meta.uid = "uid-1";
    vm_.spec.image_ref = api::ObjectRef{"tiny", ""};
    class_.spec.cpu = 2;
    class_.spec.memory_mib = 2048;
    class_.spec.root_disk_gib = 20;
    image_.meta.name = "tiny";
    image_.spec.path = "/images/tiny.qcow2";
    provider_.spec.default_datastore = "fast";
  }
  void AddNetwork(const api::VmNetwork& nic, const api::VmNetworkAttachmentSpec* attachment) {
    vm_.spec.networks.push_back(nic);
    auto object = std::make_shared<api::VmNetworkAttachment>();
    if (attachment != nullptr) object->spec = *attachment;
    networks_.push_back(attachment != nullptr ? object : nullptr);
  }
  Result<rpc::VmSpec> Build() {
    return BuildVmSpec(vm_,
                       {.provider = std::make_shared<api::Provider>(provider_),
                        .vm_class = std::make_shared<api::VmClass>(class_),
                        .image = std::make_shared<api::VmImage>(image_),
                        .networks = networks_},
                       {.user_data = "#cloud-config\n"});
  }

  api::VirtualMachine vm_;
  api::VmClass class_;
  api::VmImage image_;
  api::Provider provider_;
  std::vector<std::shared_ptr<const api::VmNetworkAttachment>> networks_;
};

TEST_F(VmRequest, CarriesIdentityClassImageAndPlacement) {
  vm_.spec.placement.datastore = "slow";
  const auto spec = Build();
  ASSERT_TRUE(spec.ok()) << spec.error().message;
  EXPECT_EQ(spec->name, "web");
  EXPECT_EQ(spec->owner_uid, "uid-1");
  EXPECT_EQ(spec->owner_key, "team-a/web");
  EXPECT_EQ(spec->vm_class.cpus, 2);
  EXPECT_EQ(spec->vm_class.root_disk_gib, 20);
  EXPECT_EQ(spec->image.path, "/images/tiny.qcow2");
  EXPECT_EQ(spec->placement.datastore, "slow") << "the VM's own placement wins";
  EXPECT_EQ(spec->user_data, "#cloud-config\n");
}

TEST_F(VmRequest, TakesResourcesOfTheVmBeforeThoseOfItsClass) {
  vm_.spec.resources.cpu = 8;
  const auto spec = Build();
  ASSERT_TRUE(spec.ok());
  EXPECT_EQ(spec->vm_class.cpus, 8);
  EXPECT_EQ(spec->vm_class.memory_mib, 2048);
}

TEST_F(VmRequest, NamesTheVmByTheProvidersTemplate) {
  provider_.spec.vm_name_template = "{{.Namespace}}-{{.Name}}-{{.UID}}";
  EXPECT_EQ(Build()->name, "team-a-web-uid-1");
}

TEST_F(VmRequest, NamesAnUnknownPlaceholderOfThatTemplate) {
  provider_.meta.name = "lab";
  provider_.spec.vm_name_template = "{{ .Cluster }}-{{ .Name }}";
  const auto spec = Build();
  ASSERT_FALSE(spec);
  EXPECT_EQ(spec.error().message,
            "Provider lab: spec.vmNameTemplate: {{ .Cluster }} has no value here; there are "
            "{{ .Name }}, {{ .Namespace }}, {{ .UID }}");
}

TEST_F(VmRequest, TakesDisksAndNetworksOfItsClassWhereItNamesNone) {
  class_.spec.disks = {{.name = "root", .size_gib = 30}, {.name = "data", .size_gib = 5}};
  class_.spec.networks = {{.name = "front", .bridge = "br1"}};
  networks_ = {nullptr};
  auto spec = Build();
  ASSERT_TRUE(spec.ok()) << spec.error().message;
  EXPECT_EQ(spec->vm_class.root_disk_gib, 30);
  ASSERT_EQ(spec->disks.size(), 1);
  EXPECT_EQ(spec->disks[0].name, "data");
  ASSERT_EQ(spec->networks.size(), 1);
  EXPECT_EQ(spec->networks[0].bridge, "br1");
  vm_.spec.disks = {{.name = "own", .size_gib = 1}};
  vm_.spec.networks = {{.name = "mine", .bridge = "br2"}};
  spec = Build();
  ASSERT_TRUE(spec.ok()) << spec.error().message;
  EXPECT_EQ(spec->vm_class.root_disk_gib, 20);
  EXPECT_EQ(spec->disks.at(0).name, "own");
  EXPECT_EQ(spec->networks.at(0).bridge, "br2");
}

TEST_F(VmRequest, SaysWhereAWrongNetworkOfTheClassIsWritten) {
  class_.meta.name = "small";
  class_.spec.networks = {{.name = "front", .ip_address = "10.0.0.5"}};
  networks_ = {nullptr};
  EXPECT_EQ(Build().error().message.substr(0, 33), "VMClass small: spec.networks[0].i");
}

TEST_F(VmRequest, RefusesAVmWithoutAnythingToBootFrom) {
  vm_.spec.image_ref.reset();
  EXPECT_EQ(Build().error().kind, ErrorKind::kInvalidSpec);
  vm_.spec.imported_disk = api::ImportedDisk{.disk_id = "disk-7", .format = "qcow2"};
  ASSERT_TRUE(Build().ok());
  EXPECT_EQ(Build()->image.path, "disk-7");
  vm_.spec.image_ref = api::ObjectRef{"tiny", ""};
  EXPECT_EQ(Build().error().kind, ErrorKind::kInvalidSpec) << "one of the two only";
}

TEST_F(VmRequest, MergesTheAttachmentWithWhatTheVmSays) {
  const api::VmNetworkAttachmentSpec attachment{
      .type = "bridged", .bridge = "br0", .model = "e1000", .vlan = 7};
  AddNetwork({.name = "lan", .dns = "9.9.9.9, 1.1.1.1", .mac_address = "52:54:00:00:00:01"},
             &attachment);
  const auto spec = Build();
  ASSERT_TRUE(spec.ok());
  const rpc::NetworkAttachment& nic = spec->networks.at(0);
  EXPECT_EQ(nic.bridge, "br0");
  EXPECT_EQ(nic.model, "e1000");
  EXPECT_EQ(nic.vlan, 7);
  EXPECT_EQ(nic.mac_address, "52:54:00:00:00:01");
  EXPECT_EQ(nic.ip_policy, "dhcp");
  EXPECT_EQ(nic.dns, (std::vector<std::string>{"9.9.9.9", "1.1.1.1"}));
}

TEST_F(VmRequest, ANatNetworkWithoutAHostNetworkIsUserMode) {
  const api::VmNetworkAttachmentSpec attachment{.type = "nat"};
  AddNetwork({.name = "lan"}, &attachment);
  EXPECT_EQ(Build()->networks.at(0).mode, "user");
}

TEST_F(VmRequest, SendsOnlyAnMtuThatIsNotEthernets) {
  api::VmNetworkAttachmentSpec attachment{.bridge = "br0", .mtu = 1500};
  AddNetwork({.name = "usual"}, &attachment);
  attachment.mtu = 9000;
  AddNetwork({.name = "jumbo"}, &attachment);
  EXPECT_EQ(Build()->networks.at(0).mtu, 0);
  EXPECT_EQ(Build()->networks.at(1).mtu, 9000);
}

TEST_F(VmRequest, GivesStaticAddressesWithTheirPrefix) {
  const api::VmNetworkAttachmentSpec attachment{.network_name = "default",
                                                .ip_type = "Static",
                                                .static_address = "10.0.0.5/24",
                                                .static_gateway = "10.0.0.1"};
  AddNetwork({.name = "lan"}, &attachment);
  AddNetwork({.name = "own", .ip_address = "fd00::5", .prefix = 64}, nullptr);
  const auto spec = Build();
  ASSERT_TRUE(spec.ok()) << spec.error().message;
  EXPECT_EQ(spec->networks.at(0).ip_policy, "static");
  EXPECT_EQ(spec->networks.at(0).static_ip, "10.0.0.5");
  EXPECT_EQ(spec->networks.at(0).prefix, 24);
  EXPECT_EQ(spec->networks.at(0).gateway, "10.0.0.1");
  EXPECT_EQ(spec->networks.at(1).static_ip, "fd00::5");
  EXPECT_EQ(spec->networks.at(1).prefix, 64);
}

TEST_F(VmRequest, RefusesAnAddressWithoutAPrefix) {
  AddNetwork({.name = "lan", .ip_address = "10.0.0.5"}, nullptr);
  const auto spec = Build();
  ASSERT_FALSE(spec.ok());
  EXPECT_NE(spec.error().message.find("spec.networks[0].prefix"), std::string::npos);
}

TEST_F(VmRequest, ADiskNamedRootIsTheSizeOfTheBootDisk) {
  vm_.spec.disks = {{.name = "root", .size_gib = 50}, {.name = "data", .size_gib = 5}};
  const auto spec = Build();
  ASSERT_TRUE(spec.ok());
  EXPECT_EQ(spec->vm_class.root_disk_gib, 50);
  ASSERT_EQ(spec->disks.size(), 1U);
  EXPECT_EQ(spec->disks[0].name, "data");
}

TEST_F(VmRequest, UsesTheProvidersDefaultNetworkWhenTheVmHasNone) {
  provider_.spec.default_network = "default";
  EXPECT_EQ(Build()->networks.at(0).network_name, "default");
}

}  // namespace
}  // namespace vr::controllers
