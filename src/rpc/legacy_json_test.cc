#include "rpc/legacy_json.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>

#include "rpc/convert.h"

namespace vr::rpc {
namespace {

VmSpec SomeVm() {
  VmSpec vm;
  vm.name = "web";
  vm.user_data = "#cloud-config\n";
  vm.meta_data = "local-hostname: web\n";
  vm.vm_class = {.cpus = 4,
                 .memory_mib = 6144,
                 .firmware = "UEFI",
                 .guest_tools_policy = "install",
                 .root_disk_type = "thin",
                 .root_disk_gib = 40,
                 .cpu_hot_add = true,
                 .memory_hot_add = true,
                 .nested_virtualization = true,
                 .virtualization_based_security = true,
                 .latency_sensitivity = "high",
                 .hyper_threading_policy = "prefer",
                 .secure_boot = true,
                 .tpm_enabled = true,
                 .tpm_version = "2.0",
                 .vtd_enabled = true,
                 .encryption_enabled = true,
                 .key_provider = "kms",
                 .require_encryption = true,
                 .cpu_limit_mhz = 4000,
                 .cpu_reservation_mhz = 1000,
                 .cpu_shares = 2000,
                 .memory_limit_mib = 8192,
                 .memory_reservation_mib = 1024,
                 .extra_config = {{"vsphere.hardwareVersion", "21"}}};
  vm.image = {.path = "/pool/debian.qcow2",
              .url = "https://images.example.com/debian.qcow2",
              .format = "qcow2",
              .checksum = "c0ffee",
              .checksum_type = "sha512"};
  vm.networks = {{.name = "lan",
                  .network_name = "default",
                  .bridge = "br0",
                  .portgroup = "VM Network",
                  .vlan = 42,
                  .model = "virtio",
                  .mac_address = "52:54:00:00:00:01",
                  .ip_policy = "static",
                  .static_ip = "10.0.0.5",
                  .prefix = 24,
                  .gateway = "10.0.0.1",
                  .dns = {"10.0.0.2", "10.0.0.3"},
                  .pci_slot_number = 192},
                 {.name = "san", .ip_policy = "dhcp"}};
  vm.disks = {{.name = "data", .size_gib = 100, .type = "thick"}, {.name = "log", .size_gib = 5}};
  vm.placement.datastore = "ssd";
  vm.placement.storage_pod = "pod";
  vm.placement.cluster = "east";
  vm.placement.folder = "prod";
  vm.placement.host = "esx1";
  vm.tags = {"team:web"};
  return vm;
}

std::string Bytes(const VmSpec& vm) { return ToProto(vm).DebugString(); }

// Compares with tests/golden/wire/NAME; VR_UPDATE_GOLDEN=1 writes it anew.
void ExpectGolden(const std::string& name, const std::string& text) {
  const std::string path = std::string(VR_GOLDEN_DIR) + "/wire/" + name;
  if (std::getenv("VR_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text << "\n";
  std::ifstream in(path);
  const std::string golden{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(golden, text + "\n") << path;
}

TEST(LegacyJson, WritesTheDialectsOfTheBaseContract) {
  pb::CreateRequest create;
  FillLegacy(SomeVm(), create);
  EXPECT_EQ(create.name(), "web");
  EXPECT_EQ(create.user_data(), "#cloud-config\n");
  EXPECT_EQ(create.meta_data(), "local-hostname: web\n");
  EXPECT_EQ(create.tags_size(), 1);
  ExpectGolden("create.class.json", create.class_json());
  ExpectGolden("create.image.json", create.image_json());
  ExpectGolden("create.networks.json", create.networks_json());
  ExpectGolden("create.disks.json", create.disks_json());
  ExpectGolden("create.placement.json", create.placement_json());
  pb::ReconfigureRequest reconfigure;
  FillLegacy(SomeVm(), reconfigure);
  ExpectGolden("reconfigure.desired.json", reconfigure.desired_json());
  pb::CloneRequest clone;
  FillLegacy(SomeVm(), clone);
  EXPECT_EQ(clone.target_name(), "web");
  EXPECT_EQ(clone.placement_json(), "");
  ExpectGolden("clone.class.json", clone.class_json());
  pb::ImagePrepareRequest prepare;
  FillLegacy({.url = "https://example.com/a.qcow2", .format = "qcow2", .storage_pool = "images"},
             prepare);
  ExpectGolden("image_prepare.image.json", prepare.image_json());
  pb::DescribeResponse describe;
  VmState vm;
  vm.raw = {{"machine", "q35"}, {"note", "\"quoted\""}};
  FillLegacy(vm, describe);
  ExpectGolden("describe.provider_raw.json", describe.provider_raw_json());
}

TEST(LegacyJson, ReadsBackWhatItWrites) {
  pb::CreateRequest create;
  FillLegacy(SomeVm(), create);
  const auto created = ReadLegacy(create);
  ASSERT_TRUE(created.ok()) << created.error().message;
  EXPECT_EQ(Bytes(*created), Bytes(SomeVm()));
  pb::ReconfigureRequest reconfigure;
  FillLegacy(SomeVm(), reconfigure);
  const auto desired = ReadLegacy(reconfigure);
  ASSERT_TRUE(desired.ok()) << desired.error().message;
  EXPECT_EQ(Bytes(*desired), Bytes(SomeVm()));
  pb::CloneRequest clone;
  FillLegacy(SomeVm(), clone);
  const auto target = ReadLegacy(clone);
  ASSERT_TRUE(target.ok()) << target.error().message;
  VmSpec expected;
  expected.name = "web";
  expected.vm_class = SomeVm().vm_class;
  EXPECT_EQ(Bytes(*target), Bytes(expected));
}

// A VM with values that the dialects carry, drawn at random.
class RandomVm {
 public:
  explicit RandomVm(unsigned seed) : random_(seed) {}

  VmSpec Draw() {
    VmSpec vm;
    vm.name = "vm" + Text();
    vm.user_data = Text();
    vm.meta_data = Text();
    vm.vm_class.cpus = Number(1);
    vm.vm_class.memory_mib = int64_t{Number(1)} * 1000;
    vm.vm_class.firmware = Flag() ? "UEFI" : "BIOS";
    vm.vm_class.latency_sensitivity = Text();
    vm.vm_class.root_disk_gib = Number(0);
    vm.vm_class.cpu_hot_add = Flag();
    vm.vm_class.secure_boot = Flag();
    vm.vm_class.require_encryption = Flag();
    vm.vm_class.cpu_shares = Number(0);
    vm.vm_class.memory_limit_mib = Number(0);
    if (Flag()) vm.vm_class.extra_config[Text()] = Text();
    vm.image.path = Text();
    if (Flag()) vm.image.template_name = Text();
    if (Flag()) vm.image.format = "qcow2";
    for (int i = Number(0) % 3; i > 0; --i) {
      vm.networks.push_back({.name = Text(), .vlan = Number(0), .ip_policy = "none"});
      if (Flag()) vm.networks.back().dns = {Text(), Text()};
    }
    for (int i = Number(0) % 3; i > 0; --i)
      vm.disks.push_back({.name = Text(), .size_gib = Number(0), .type = Text()});
    vm.placement.host = Text();
    if (Flag()) vm.tags = {Text()};
    return vm;
  }

 private:
  bool Flag() { return random_() % 2 == 0; }
  int32_t Number(int32_t least) { return least + static_cast<int32_t>(random_() % 100'000); }
  std::string Text() {
    static const std::vector<std::string> kPieces = {"a", "\"", "\\", "\n", "é", "{}", "null", ","};
    std::string out;
    for (auto left = random_() % 5; left > 0; --left) out += kPieces[random_() % kPieces.size()];
    return out;
  }

  std::mt19937 random_;
};

TEST(LegacyJson, AnyVmSurvivesInTheFieldsThatAreCarried) {
  RandomVm random(7);
  for (int i = 0; i < 500; ++i) {
    const VmSpec vm = random.Draw();
    pb::CreateRequest create;
    FillLegacy(vm, create);
    const auto created = ReadLegacy(create);
    ASSERT_TRUE(created.ok()) << created.error().message << "\n" << create.DebugString();
    ASSERT_EQ(Bytes(*created), Bytes(vm));
    pb::ReconfigureRequest reconfigure;
    FillLegacy(vm, reconfigure);
    const auto desired = ReadLegacy(reconfigure);
    ASSERT_TRUE(desired.ok()) << desired.error().message;
    ASSERT_EQ(Bytes(*desired), Bytes(vm));
    pb::CloneRequest clone;
    FillLegacy(vm, clone);
    const auto target = ReadLegacy(clone);
    ASSERT_TRUE(target.ok()) << target.error().message;
    VmSpec expected;
    expected.name = vm.name;
    expected.vm_class = vm.vm_class;
    ASSERT_EQ(Bytes(*target), Bytes(expected));
  }
}

TEST(LegacyJson, ReadsWhatTheOtherManagerSends) {
  pb::CreateRequest in;
  in.set_name("web");
  in.set_class_json(R"({"CPU":2,"MemoryMiB":2048,"Firmware":"UEFI","DiskDefaults":null,
    "ExtraConfig":null,"PerformanceProfile":null,"SecurityProfile":null,
    "ResourceLimits":{"CPULimit":null,"CPUShares":500},"Future":[1]})");
  in.set_image_json(R"({"TemplateName":"debian","Format":"template","Checksum":"md5:abc"})");
  in.set_networks_json(R"([{"Name":"a","DNS":null},{"StaticIP":"10.0.0.9","Prefix":8}])");
  in.set_disks_json("null");
  const auto vm = ReadLegacy(in);
  ASSERT_TRUE(vm.ok()) << vm.error().message;
  EXPECT_EQ(vm->owner_uid, "");
  EXPECT_EQ(vm->vm_class.memory_mib, 2048);
  EXPECT_EQ(vm->vm_class.cpu_shares, 500);
  EXPECT_EQ(vm->image.template_name, "debian");
  EXPECT_EQ(vm->image.format, "");
  EXPECT_EQ(vm->image.checksum, "abc");
  EXPECT_EQ(vm->image.checksum_type, "md5");
  EXPECT_EQ(vm->networks.at(0).ip_policy, "dhcp");
  EXPECT_EQ(vm->networks.at(1).ip_policy, "static");
  EXPECT_TRUE(vm->disks.empty());
}

TEST(LegacyJson, ReadsTheServedClassAndImage) {
  pb::CloneRequest clone;
  clone.set_target_name("copy");
  clone.set_class_json(R"({"cpu":4,"memory":"1.5Gi","diskDefaults":{"size":"20Gi"},
    "resourceLimits":{"memoryLimit":3221225472}})");
  const auto target = ReadLegacy(clone);
  ASSERT_TRUE(target.ok()) << target.error().message;
  EXPECT_EQ(target->vm_class.memory_mib, 1536);
  EXPECT_EQ(target->vm_class.root_disk_gib, 20);
  EXPECT_EQ(target->vm_class.memory_limit_mib, 3072);
  EXPECT_EQ(target->vm_class.firmware, "");
  const auto prepared = [](const std::string& json) {
    pb::ImagePrepareRequest in;
    in.set_image_json(json);
    in.set_target_name("debian");
    const auto image = ReadLegacy(in);
    EXPECT_TRUE(image.ok()) << image.error().message;
    return image ? *image : ImageSource{};
  };
  const ImageSource libvirt = prepared(
      R"({"source":{"libvirt":{"url":"https://e.com/a","format":"raw","storagePool":"p"}}})");
  EXPECT_EQ(libvirt.name, "debian");
  EXPECT_EQ(libvirt.url, "https://e.com/a");
  EXPECT_EQ(libvirt.format, "raw");
  EXPECT_EQ(libvirt.storage_pool, "p");
  EXPECT_NE(libvirt.spec_json, "");
  EXPECT_EQ(prepared(R"({"source":{"vsphere":{"ovaURL":"https://e.com/o"}}})").url,
            "https://e.com/o");
  EXPECT_EQ(prepared(R"({"source":{"proxmox":{"templateID":9000}}})").template_name, "9000");
  const ImageSource http =
      prepared(R"({"source":{"http":{"url":"https://e.com/h","headers":{"Accept":"x"}}}})");
  EXPECT_EQ(http.url, "https://e.com/h");
  EXPECT_EQ(http.headers.at("Accept"), "x");
}

std::string CreateError(const std::function<void(pb::CreateRequest&)>& spoil) {
  pb::CreateRequest in;
  FillLegacy(SomeVm(), in);
  spoil(in);
  const auto vm = ReadLegacy(in);
  if (vm) return "";
  EXPECT_EQ(vm.error().kind, ErrorKind::kInvalidSpec);
  return vm.error().message;
}

TEST(LegacyJson, NamesMessageFieldAndKeyOfWhatIsWrong) {
  using In = pb::CreateRequest;
  EXPECT_EQ(CreateError([](In& in) { in.clear_name(); }), "CreateRequest.name: a name is needed");
  EXPECT_EQ(CreateError([](In& in) { in.clear_class_json(); }),
            "CreateRequest.class_json: CPU: a number above 0 is needed");
  EXPECT_EQ(CreateError([](In& in) { in.set_class_json(R"({"CPU":1,"memory":"4Gi"})"); }),
            "CreateRequest.class_json: MemoryMiB: a number above 0 is needed");
  EXPECT_EQ(CreateError([](In& in) { in.set_class_json("{\"CPU\":"); }),
            "CreateRequest.class_json is not JSON");
  EXPECT_EQ(CreateError([](In& in) { in.set_class_json(R"({"CPU":"two"})"); }),
            "CreateRequest.class_json: CPU: a whole number of at least 0 is needed");
  EXPECT_EQ(CreateError([](In& in) { in.set_class_json(R"({"CPU":3000000000})"); }),
            "CreateRequest.class_json: CPU: a smaller number is needed");
  EXPECT_EQ(CreateError([](In& in) { in.set_class_json(R"({"DiskDefaults":{"SizeGiB":-1}})"); }),
            "CreateRequest.class_json: DiskDefaults: SizeGiB: a whole number of at least 0 is "
            "needed");
  EXPECT_EQ(CreateError([](In& in) { in.set_image_json("[]"); }),
            "CreateRequest.image_json: an object is needed");
  EXPECT_EQ(CreateError([](In& in) { in.set_networks_json(R"([{},{"DNS":"1.1.1.1"}])"); }),
            "CreateRequest.networks_json[1]: DNS: a list of strings is needed");
  EXPECT_EQ(CreateError([](In& in) { in.set_networks_json(R"([{"StaticIP":"10.0.0.1"}])"); }),
            "CreateRequest.networks_json[0]: Prefix: the network's prefix length is needed");
  EXPECT_EQ(CreateError([](In& in) { in.set_disks_json("{}"); }),
            "CreateRequest.disks_json: a list is needed");
  EXPECT_EQ(CreateError([](In& in) { in.set_placement_json(R"({"Host":7})"); }),
            "CreateRequest.placement_json: Host: a string is needed");
  EXPECT_EQ(ReadLegacy(pb::ReconfigureRequest()).error().message,
            "ReconfigureRequest.desired_json: what the VM shall be is needed");
  EXPECT_EQ(ReadLegacy(pb::ImagePrepareRequest()).error().message,
            "ImagePrepareRequest.image_json: the image's spec is needed");
  pb::CloneRequest clone;
  clone.set_target_name("copy");
  clone.set_class_json(R"({"memory":"much"})");
  EXPECT_EQ(ReadLegacy(clone).error().message,
            "CloneRequest.class_json: memory: a quantity such as 4Gi is needed");
  clone.clear_class_json();
  clone.set_placement_json(R"({"name":"spread"})");
  EXPECT_EQ(ReadLegacy(clone).error().kind, ErrorKind::kNotSupported);
}

TEST(LegacyJson, ReadsRawDetailsOfAnyShape) {
  pb::DescribeResponse in;
  in.set_power_state("running");
  in.set_provider_raw_json(R"({"node":"pve1","vmid":100,"tags":["a"]})");
  const VmState vm = ReadLegacy("100", in);
  EXPECT_EQ(vm.id, "100");
  EXPECT_EQ(vm.power, PowerState::kOn);
  const std::map<std::string, std::string> expected = {
      {"node", "pve1"}, {"vmid", "100"}, {"tags", "[\"a\"]"}};
  EXPECT_EQ(vm.raw, expected);
  in.set_provider_raw_json("{");
  EXPECT_EQ(ReadLegacy("100", in).raw.at("unreadable"),
            "DescribeResponse.provider_raw_json is not JSON");
}

TEST(LegacyJson, SpeaksThePowerStatesOfTheBaseContract) {
  EXPECT_EQ(LegacyPowerState(PowerState::kOn), "On");
  EXPECT_EQ(LegacyPowerState(PowerState::kOff), "Off");
  EXPECT_EQ(LegacyPowerState(PowerState::kSuspended), "Off");
  EXPECT_EQ(LegacyPowerState(PowerState::kUnknown), "");
  EXPECT_EQ(ReadPowerState("On"), PowerState::kOn);
  EXPECT_EQ(ReadPowerState("poweredOff"), PowerState::kOff);
  EXPECT_EQ(ReadPowerState("shut off"), PowerState::kOff);
  EXPECT_EQ(ReadPowerState("Suspended"), PowerState::kSuspended);
  EXPECT_EQ(ReadPowerState("melting"), PowerState::kUnknown);
}

}  // namespace
}  // namespace vr::rpc
