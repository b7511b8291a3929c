#include "providers/libvirt/domain_xml.h"

#include <gtest/gtest.h>

namespace vr::libvirt {
namespace {

DomainSpec Spec() {
  DomainSpec spec;
  spec.uuid = "451c2e25-9ca6-841c-af7a-cf14aa942f9e";
  spec.name = "web";
  spec.owner = {.uid = "u", .key = "default/web", .creating = true, .volumes = {{"p", "root"}}};
  spec.cpus = 2;
  spec.max_cpus = 8;
  spec.memory_mib = 1024;
  spec.disks = {{.volume = {"p", "root"}, .format = "qcow2", .cache = ""},
                {.volume = {"p", "data"}, .format = "raw", .cache = "none"}};
  spec.cdrom = VolumeRef{"p", "seed.iso"};
  spec.nics = {
      {.kind = NicSpec::Kind::kUser, .source = "", .mac = "52:54:00:00:00:01", .model = "virtio"},
      {.kind = NicSpec::Kind::kBridge,
       .source = "br0",
       .mac = "52:54:00:00:00:02",
       .model = "e1000",
       .mtu = 1400,
       .vlan = 7}};
  return spec;
}

constexpr char kGolden[] = R"(<domain type="qemu">
  <name>web</name>
  <uuid>451c2e25-9ca6-841c-af7a-cf14aa942f9e</uuid>
  <metadata>
    <virtrigaud:owner xmlns:virtrigaud="https://virtrigaud.io/libvirt/1" uid="u" key="default/web" state="creating">
      <volume pool="p" name="root" />
    </virtrigaud:owner>
  </metadata>
  <memory unit="MiB">1024</memory>
  <currentMemory unit="MiB">1024</currentMemory>
  <os>
    <type arch="x86_64" machine="q35">hvm</type>
    <boot dev="hd" />
  </os>
  <vcpu placement="static" current="2">8</vcpu>
)";

TEST(RenderDomain, BeginsAsTheGoldenText) {
  const std::string xml = RenderDomain(Spec());
  EXPECT_EQ(xml.substr(0, sizeof kGolden - 1), kGolden);
}

bool Has(const std::string& xml, const std::string& part) {
  return xml.find(part) != std::string::npos;
}

TEST(RenderDomain, DescribesDisksAndInterfaces) {
  const std::string xml = RenderDomain(Spec());
  EXPECT_TRUE(Has(xml, R"(<source pool="p" volume="root" />)")) << xml;
  EXPECT_TRUE(Has(xml, R"(<target dev="vdb" bus="virtio" />)"));
  EXPECT_TRUE(Has(xml, R"(type="raw" discard="unmap" cache="none")"));
  EXPECT_TRUE(Has(xml, R"(<target dev="sda" bus="scsi" />)")) << "cloud kernels lack SATA";
  EXPECT_TRUE(Has(xml, R"(<controller type="scsi" index="0" model="virtio-scsi" />)"));
  EXPECT_TRUE(Has(xml, R"(<interface type="user">)"));
  EXPECT_TRUE(Has(xml, R"(<source bridge="br0" />)"));
  EXPECT_TRUE(Has(xml, R"(<tag id="7" />)"));
  EXPECT_TRUE(Has(xml, R"(<mtu size="1400" />)"));
  EXPECT_TRUE(Has(xml, R"(listen="127.0.0.1")"));
  EXPECT_TRUE(Has(xml, "org.qemu.guest_agent.0"));
  EXPECT_FALSE(Has(xml, "firmware"));
}

TEST(RenderDomain, ChoosesFirmwareTpmAndSecureBoot) {
  DomainSpec spec = Spec();
  spec.uefi = spec.secure_boot = spec.tpm = true;
  const std::string xml = RenderDomain(spec);
  EXPECT_TRUE(Has(xml, R"(<os firmware="efi">)"));
  EXPECT_TRUE(Has(xml, R"(<feature enabled="yes" name="secure-boot" />)"));
  EXPECT_TRUE(Has(xml, R"(<smm state="on" />)"));
  EXPECT_TRUE(Has(xml, R"(<backend type="emulator" version="2.0" />)"));
}

TEST(RenderDomain, EscapesWhatUsersWrite) {
  DomainSpec spec = Spec();
  spec.name = "a</name><b>&\"";
  const auto view = ParseDomain(RenderDomain(spec));
  ASSERT_TRUE(view);
  EXPECT_EQ(view->name, spec.name);
}

TEST(ParseDomain, ReadsBackWhatWasRendered) {
  const auto view = ParseDomain(RenderDomain(Spec()));
  ASSERT_TRUE(view) << view.error().message;
  EXPECT_TRUE(view->ours);
  EXPECT_EQ(view->owner, Spec().owner);
  EXPECT_EQ(view->cpus, 2);
  EXPECT_EQ(view->memory_mib, 1024);
  ASSERT_EQ(view->disks.size(), 3u);
  EXPECT_EQ(view->disks[1].volume, (VolumeRef{"p", "data"}));
  EXPECT_EQ(view->disks[2].device, "cdrom");
  ASSERT_EQ(view->nics.size(), 2u);
  EXPECT_EQ(view->nics[1].source, "br0");
  EXPECT_FALSE(view->agent_connected);
}

TEST(ParseDomain, ReadsARunningForeignDomain) {
  const auto view = ParseDomain(R"(<domain type='kvm' id='4'><name>db</name><uuid>x</uuid>
    <memory unit='KiB'>2097152</memory><vcpu>4</vcpu><devices>
    <disk type='file' device='disk'><source file='/srv/db.img'/><target dev='vda'/></disk>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0' state='connected'/></channel>
    <graphics type='vnc' port='5903' listen='0.0.0.0'/></devices></domain>)");
  ASSERT_TRUE(view);
  EXPECT_FALSE(view->ours);
  EXPECT_EQ(view->memory_mib, 2048);
  EXPECT_EQ(view->vnc_port, 5903);
  EXPECT_EQ(view->disks[0].path, "/srv/db.img");
  EXPECT_TRUE(view->agent_connected);
}

TEST(ParseDomain, TakesNumbersThatNoMachineHasForUnknown) {
  for (const char* memory : {"-5", "9223372036854775807"}) {
    const auto view = ParseDomain("<domain><memory unit='GiB'>" + std::string(memory) +
                                  "</memory><vcpu current='-3'>4</vcpu></domain>");
    ASSERT_TRUE(view);
    EXPECT_EQ(view->memory_mib, 0);
    EXPECT_EQ(view->cpus, 0);
  }
}

TEST(ParseDomain, RefusesWhatIsNoDomain) {
  EXPECT_FALSE(ParseDomain("<domain"));
  EXPECT_FALSE(ParseDomain("<network/>"));
}

}  // namespace
}  // namespace vr::libvirt
