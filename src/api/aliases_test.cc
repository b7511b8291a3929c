// One case at least for each row of the documented spellings (D-numbers of the contract's
// aliases.md) that concerns a field; the rest of the rows are behaviour of other rooms.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/admission.h"
#include "api/kinds.h"

namespace vr::api {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Json Object(const char* kind, const char* spec) {
  return {{"apiVersion", "infra.virtrigaud.io/v1beta1"},
          {"kind", kind},
          {"metadata", {{"name", "x"}}},
          {"spec", Json::parse(spec)}};
}

// Kind, documented spec, pointer and canonical value; a null value: the field is a real one.
struct AliasCase {
  const char* row;
  const char* kind;
  const char* spec;
  const char* pointer;
  Json value;
};

class Aliases : public ::testing::TestWithParam<AliasCase> {};

TEST_P(Aliases, MeanTheCanonicalField) {
  const AliasCase& test = GetParam();
  const KindInfo& kind = *FindKind(test.kind);
  const Json before = Object(test.kind, test.spec);
  Json pruned = before;
  EXPECT_THAT(PruneUnknown(kind, pruned), IsEmpty()) << "strict validation accepts it";
  AdmissionResult result;
  const Json canonical = Canonical(kind, before, result);
  EXPECT_THAT(result.errors, IsEmpty());
  EXPECT_EQ(canonical.value(Json::json_pointer(test.pointer), Json()), test.value) << canonical;
  EXPECT_EQ(before, Object(test.kind, test.spec)) << "the user's object stays as it is";
}

INSTANTIATE_TEST_SUITE_P(
    VMClass, Aliases,
    ::testing::Values(
        AliasCase{"D1", "VMClass", R"({"memoryMiB":2048})", "/spec/memory", "2048Mi"},
        AliasCase{"D2", "VMClass", R"({"cpus":4})", "/spec/cpu", 4},
        AliasCase{"D3", "VMClass", R"({"diskDefaults":{"sizeGiB":40}})", "/spec/diskDefaults/size",
                  "40Gi"},
        AliasCase{"D4", "VMClass", R"({"disks":[{"name":"root","sizeGiB":20,"type":"thin"}]})",
                  "/spec/disks/0/sizeGiB", 20},
        AliasCase{"D4", "VMClass", R"({"networks":[{"name":"default","type":"VM Network"}]})",
                  "/spec/networks/0/portGroup", "VM Network"},
        AliasCase{"D5", "VMClass", R"({"spec":{"hardware":{"version":"vmx-19"}}})",
                  "/spec/vsphere/hardware/version", "vmx-19"},
        AliasCase{"D5", "VMClass", R"({"spec":{"hardware":{"enableCpuHotAdd":true}}})",
                  "/spec/vsphere/hardware/enableCpuHotAdd", true},
        AliasCase{"D5", "VMClass", R"({"spec":{"cpu":{"coresPerSocket":2,"limitMHz":4000}}})",
                  "/spec/vsphere/cpu", Json::parse(R"({"coresPerSocket":2,"limitMHz":4000})")},
        AliasCase{"D5", "VMClass", R"({"spec":{"memory":{"shareLevel":"high"}}})",
                  "/spec/vsphere/memory/shareLevel", "high"},
        AliasCase{"D5", "VMClass", R"({"spec":{"storage":{"storagePolicy":"SSD"}}})",
                  "/spec/vsphere/storage/storagePolicy", "SSD"},
        AliasCase{"D5", "VMClass",
                  R"({"spec":{"storage":{"scsiControllers":[{"type":"pvscsi","busNumber":0}]}}})",
                  "/spec/vsphere/storage/scsiControllers/0/type", "pvscsi"},
        AliasCase{"D5", "VMClass", R"({"spec":{"placement":{"datacenter":"Production"}}})",
                  "/spec/vsphere/placement/datacenter", "Production"},
        AliasCase{"D5", "VMClass", R"({"spec":{"numa":{"enabled":true}}})",
                  "/spec/vsphere/numa/enabled", true},
        AliasCase{"D5", "VMClass",
                  R"({"spec":{"numa":{"cells":[{"id":0,"cpus":"0-7","memory":"16"}]}}})",
                  "/spec/libvirt/numa/cells/0/cpus", "0-7"},
        AliasCase{"D5", "VMClass", R"({"spec":{"machine":"pc-i440fx-2.12"}})",
                  "/spec/libvirt/machine", "pc-i440fx-2.12"},
        AliasCase{"D5", "VMClass", R"({"spec":{"machine":"q35","bios":"uefi"}})", "/spec/proxmox",
                  Json::parse(R"({"machine":"q35","bios":"uefi"})")},
        AliasCase{"D5", "VMClass",
                  R"({"spec":{"cpu":{"mode":"host-model","topology":{"sockets":1,"cores":2}}}})",
                  "/spec/libvirt/cpu/topology/cores", 2},
        AliasCase{"D5", "VMClass", R"({"spec":{"features":{"acpi":true}}})",
                  "/spec/libvirt/features/acpi", true},
        AliasCase{"D5", "VMClass", R"({"spec":{"clock":{"timers":{"rtc":"catchup"}}}})",
                  "/spec/libvirt/clock/timers/rtc", "catchup"},
        AliasCase{"D5", "VMClass", R"({"spec":{"storage":{"pool":"p","cache":"none"}}})",
                  "/spec/libvirt/storage", Json::parse(R"({"pool":"p","cache":"none"})")},
        AliasCase{"D5", "VMClass", R"({"spec":{"devices":{"video":{"model":"virtio"}}}})",
                  "/spec/libvirt/devices/video/model", "virtio"},
        AliasCase{"D6", "VMClass", R"({"storage":{"class":"fast"}})",
                  "/spec/diskDefaults/storageClass", "fast"},
        AliasCase{"D6", "VMClass", R"({"storage":{"type":"thin"}})", "/spec/diskDefaults/type",
                  "thin"},
        AliasCase{"D7", "VMClass", R"({"firmware":"efi"})", "/spec/firmware", "UEFI"},
        AliasCase{"D7", "VMClass", R"({"firmware":"bios"})", "/spec/firmware", "BIOS"}));

INSTANTIATE_TEST_SUITE_P(
    VMImage, Aliases,
    ::testing::Values(
        AliasCase{"D8", "VMImage", R"({"libvirt":{"path":"/a"}})", "/spec/source/libvirt/path",
                  "/a"},
        AliasCase{"D8", "VMImage", R"({"vsphere":{"templateName":"t"}})",
                  "/spec/source/vsphere/templateName", "t"},
        AliasCase{"D8", "VMImage", R"({"proxmox":{"templateID":9000}})",
                  "/spec/source/proxmox/templateID", 9000},
        AliasCase{"D9", "VMImage", R"({"source":{"libvirt":{"qcow2URL":"https://h/a"}}})",
                  "/spec/source/libvirt/url", "https://h/a"},
        AliasCase{"D9", "VMImage", R"({"libvirt":{"qcow2URL":"https://h/a"}})",
                  "/spec/source/libvirt/url", "https://h/a"},
        AliasCase{"D10", "VMImage", R"({"source":{"vsphere":{"datastore":"d","folder":"f"}}})",
                  "/spec/source/vsphere/datastore", "d"},
        AliasCase{"D11", "VMImage", R"({"source":"ubuntu"})", "/spec/source/proxmox/templateName",
                  "ubuntu"},
        AliasCase{"D11", "VMImage", R"({"source":"9000"})", "/spec/source/proxmox/templateID",
                  9000},
        AliasCase{"D12", "VMImage", R"({"source":{"template":"t"}})",
                  "/spec/source/vsphere/templateName", "t"},
        AliasCase{"D12", "VMImage", R"({"source":{"datacenter":"dc","folder":"/vm"}})",
                  "/spec/source/vsphere", Json::parse(R"({"datacenter":"dc","folder":"/vm"})")},
        AliasCase{"D12", "VMImage", R"({"source":{"contentLibrary":"OS","item":"i"}})",
                  "/spec/source/vsphere/contentLibrary",
                  Json::parse(R"({"library":"OS","item":"i"})")},
        AliasCase{"D12", "VMImage", R"({"source":{"ovf":"https://h/a.ova"}})",
                  "/spec/source/vsphere/ovaURL", "https://h/a.ova"},
        AliasCase{"D12", "VMImage", R"({"properties":{"osType":"linux"}})",
                  "/spec/source/vsphere/properties/osType", "linux"},
        AliasCase{"D12", "VMImage", R"({"guestOS":"ubuntu64Guest"})", "/spec/guestOS",
                  "ubuntu64Guest"},
        AliasCase{"D12", "VMImage", R"({"customization":{"type":"cloudInit","spec":"s"}})",
                  "/spec/customization/spec", "s"},
        AliasCase{"D13", "VMImage", R"({"source":{"disk":"/d","format":"qcow2"}})",
                  "/spec/source/libvirt", Json::parse(R"({"path":"/d","format":"qcow2"})")},
        AliasCase{"D13", "VMImage", R"({"source":{"pool":"p","volume":"v"}})",
                  "/spec/source/libvirt", Json::parse(R"({"storagePool":"p","volume":"v"})")},
        AliasCase{"D13", "VMImage", R"({"cloudInit":{"userDataTemplate":"#cloud-config"}})",
                  "/spec/cloudInit/userDataTemplate", "#cloud-config"}));

INSTANTIATE_TEST_SUITE_P(
    VirtualMachine, Aliases,
    ::testing::Values(
        AliasCase{"D16", "VirtualMachine", R"({"vmClassRef":"small"})", "/spec/classRef/name",
                  "small"},
        AliasCase{"D17", "VirtualMachine", R"({"vmImageRef":"ubuntu"})", "/spec/imageRef/name",
                  "ubuntu"},
        AliasCase{"D18", "VirtualMachine", R"({"cloneType":"linked"})", "/spec/cloneType",
                  "linked"},
        AliasCase{"D19", "VirtualMachine",
                  R"({"availability":{"restartPriority":"high","antiAffinityGroups":["a"]}})",
                  "/spec/availability/restartPriority", "high"},
        AliasCase{"D19", "VirtualMachine", R"({"availability":{"drsVmBehavior":"manual"}})",
                  "/spec/availability/drsAutomationLevel", "manual"},
        AliasCase{"D20", "VirtualMachine", R"({"disks":[{"name":"d","size":"100Gi"}]})",
                  "/spec/disks/0/sizeGiB", 100},
        AliasCase{"D20", "VirtualMachine",
                  R"({"disks":[{"name":"d","spec":{"diskFormat":"eagerZeroedThick"}}]})",
                  "/spec/disks/0/type", "eagerzeroedthick"},
        AliasCase{
            "D20", "VirtualMachine",
            R"({"disks":[{"name":"d","spec":{"diskMode":"persistent","controllerType":"scsi","unitNumber":1}}]})",
            "/spec/disks/0/unitNumber", 1},
        AliasCase{"D21", "VirtualMachine",
                  R"({"networks":[{"name":"n","mac":"52:54:00:00:00:01"}]})",
                  "/spec/networks/0/macAddress", "52:54:00:00:00:01"},
        AliasCase{"D21", "VirtualMachine",
                  R"({"networks":[{"name":"n","staticIP":{"address":"192.0.2.5/24"}}]})",
                  "/spec/networks/0/prefix", 24},
        AliasCase{"D21", "VirtualMachine",
                  R"({"networks":[{"name":"n","staticIP":{"dns":["1.1.1.1","8.8.8.8"]}}]})",
                  "/spec/networks/0/dns", "1.1.1.1,8.8.8.8"},
        AliasCase{"D21", "VirtualMachine",
                  R"({"networks":[{"name":"n","staticIP":{"gateway":"192.0.2.1"}}]})",
                  "/spec/networks/0/gateway", "192.0.2.1"},
        AliasCase{
            "D21", "VirtualMachine",
            R"({"networks":[{"name":"n","portGroup":"pg","bridge":"br0","vlan":7,"adapter":"vmxnet3","sriov":true,"bandwidth":{"limit":100}}]})",
            "/spec/networks/0/bandwidth/limit", 100},
        AliasCase{"D22", "VirtualMachine", R"({"networks":[{"name":"n","ipPolicy":"dhcp"}]})",
                  "/spec/networks/0/ipAddress", Json()},
        AliasCase{"D23", "VirtualMachine", R"({"powerState":true})", "/spec/powerState", "On"},
        AliasCase{"D23", "VirtualMachine", R"({"powerState":false})", "/spec/powerState", "Off"},
        AliasCase{"D24", "VirtualMachine",
                  R"({"placement":{"datacenter":"d","host":"h","resourcePool":"r"}})",
                  "/spec/placement/datacenter", "d"},
        AliasCase{"D25", "VirtualMachine", R"({"resources":{"cpu":4,"memoryMiB":8192}})",
                  "/spec/resources/cpu", 4},
        AliasCase{"D27", "VirtualMachine", R"({"snapshot":{"revertToRef":{"name":"s"}}})",
                  "/spec/snapshot/revertToRef/name", "s"}));

INSTANTIATE_TEST_SUITE_P(
    OtherKinds, Aliases,
    ::testing::Values(
        AliasCase{"D34", "VMSnapshot", R"({"nameHint":"pre-update","memory":true})",
                  "/spec/snapshotConfig",
                  Json::parse(R"({"name":"pre-update","includeMemory":true})")},
        AliasCase{"D35", "VMSnapshot", R"({"name":"Pre-upgrade snapshot","quiesce":false})",
                  "/spec/snapshotConfig",
                  Json::parse(R"({"name":"Pre-upgrade-snapshot","quiesce":false})")},
        AliasCase{"D35", "VMSnapshot", R"({"retention":{"maxSnapshots":3,"maxAge":"7d"}})",
                  "/spec/retentionPolicy", Json::parse(R"({"maxCount":3,"maxAge":"7d"})")},
        AliasCase{"D36", "VMSnapshot", R"({"description":"d","includeMemory":true})",
                  "/spec/snapshotConfig",
                  Json::parse(R"({"description":"d","includeMemory":true})")},
        AliasCase{"D38", "VMSnapshot", R"({"schedule":"0 2 * * 0"})", "/spec/schedule",
                  Json::parse(R"({"enabled":true,"cronSpec":"0 2 * * 0"})")},
        AliasCase{"D40", "VMClone", R"({"sourceRef":{"name":"vm"}})", "/spec/source/vmRef/name",
                  "vm"},
        AliasCase{"D41", "VMClone", R"({"sourceVMRef":{"name":"vm"}})", "/spec/source/vmRef/name",
                  "vm"},
        AliasCase{"D41", "VMClone", R"({"linkedClone":false})", "/spec/options/type", "FullClone"},
        AliasCase{"D42", "VMClone", R"({"linked":true})", "/spec/options/type", "LinkedClone"},
        AliasCase{"D43", "VMClone", R"({"powerOn":true})", "/spec/options/powerOn", true},
        AliasCase{"D44", "VMClone", R"({"target":{"classRef":{"name":"c","namespace":"n"}}})",
                  "/spec/target/classRef/namespace", "n"},
        AliasCase{"D46", "VMSet", R"({"template":{"metadata":{"labels":{"app":"web"}}}})",
                  "/spec/template/metadata/labels/app", "web"},
        AliasCase{"D16", "VMSet", R"({"template":{"spec":{"vmClassRef":"small"}}})",
                  "/spec/template/spec/classRef/name", "small"},
        AliasCase{"D48", "VMPlacementPolicy", R"({"antiAffinity":{"hostAntiAffinity":true}})",
                  "/spec/antiAffinity/hostAntiAffinity/enabled", true},
        AliasCase{"D48", "VMPlacementPolicy", R"({"antiAffinity":{"clusterAntiAffinity":false}})",
                  "/spec/antiAffinity/clusterAntiAffinity/enabled", false},
        AliasCase{"D49", "VMPlacementPolicy", R"({"nodeSelector":["pve-1","pve-2"]})",
                  "/spec/hard/hosts", Json::parse(R"(["pve-1","pve-2"])")},
        AliasCase{
            "D49", "VMPlacementPolicy",
            R"({"antiAffinity":[{"key":"vm.type","operator":"In","values":["database"]}]})",
            "/spec/antiAffinity/vmAntiAffinity/requiredDuringScheduling/0/matchExpressions/0/key",
            "vm.type"},
        AliasCase{"D49", "VMPlacementPolicy", R"({"constraints":{"maxVMsPerNode":10}})",
                  "/spec/antiAffinity/hostAntiAffinity",
                  Json::parse(R"({"enabled":true,"maxVMsPerHost":10})")},
        AliasCase{"D49", "VMPlacementPolicy", R"({"constraints":{"minFreeMemory":"4Gi"}})",
                  "/spec/resourceConstraints/minMemoryPerHost", "4Gi"},
        AliasCase{"D50", "VMNetworkAttachment", R"({"libvirt":{"networkName":"default"}})",
                  "/spec/network/libvirt/networkName", "default"},
        AliasCase{"D50", "VMNetworkAttachment", R"({"vsphere":{"portgroup":"PG-App"}})",
                  "/spec/network/vsphere/portgroup", "PG-App"},
        AliasCase{"D50", "VMNetworkAttachment", R"({"ipPolicy":"static"})",
                  "/spec/ipAllocation/type", "Static"},
        AliasCase{"D50", "VMNetworkAttachment", R"({"macAddress":"02:00:00:00:00:01"})",
                  "/spec/network/macAddress", "02:00:00:00:00:01"},
        AliasCase{"D52", "Provider", R"({"defaults":{"defaultStoragePool":"p"}})",
                  "/spec/defaults/storagePool", "p"},
        AliasCase{"D52", "Provider", R"({"defaults":{"defaultNetwork":"n"}})",
                  "/spec/defaults/network", "n"},
        AliasCase{
            "D56", "Provider",
            R"({"runtime":{"volumes":[{"name":"s","hostPath":{"path":"/run/s"}}],"volumeMounts":[{"name":"s","mountPath":"/run/s"}]}})",
            "/spec/runtime/volumes/0/hostPath/path", "/run/s"}));

std::vector<std::string> Errors(const char* kind, const char* spec) {
  std::vector<std::string> messages;
  for (const FieldError& error : Validate(*FindKind(kind), nullptr, Object(kind, spec)).errors)
    messages.push_back(error.Message());
  return messages;
}

TEST(Refused, AListOfNetworksIsOneObjectForEach) {  // D51
  EXPECT_THAT(
      Errors("VMNetworkAttachment", R"({"networks":[{"name":"frontend","portGroup":"DPG"}]})"),
      Contains("spec.networks: Forbidden: one VMNetworkAttachment is one network: make an object "
               "for each entry and put its settings under spec.network"));
}

TEST(Documented, ExamplesWithoutSelectorTargetOrSecretAreValid) {
  EXPECT_THAT(Errors("VMSet", R"({"replicas":3,"template":{"spec":{"providerRef":{"name":"p"},
      "classRef":{"name":"c"},"imageRef":{"name":"i"}}}})"),
              IsEmpty());  // D45
  EXPECT_THAT(Errors("VMClone", R"({"sourceVMRef":{"name":"t"},"linkedClone":true})"),
              IsEmpty());  // D41
  EXPECT_THAT(Errors("Provider", R"({"type":"libvirt","endpoint":"qemu:///system"})"),
              IsEmpty());                                            // D54, D55
  EXPECT_THAT(Errors("Provider", R"({"type":"mock"})"), IsEmpty());  // D58
  EXPECT_THAT(Errors("VMTemplate", R"({"sourceVM":"v","datacenter":"P","targetFolder":"/vm/t",
      "templateName":"t","annotation":"a","powerOff":true,"removeSnapshots":true,
      "updateTools":true})"),
              IsEmpty());  // D59
  EXPECT_THAT(Errors("VMSnapshot", R"({"vmRef":{"name":"v"},"retentionPolicy":{"maxAge":"7d"}})"),
              IsEmpty());  // D37
}

TEST(Documented, PlacementPolicyOfTheProxmoxGuideIsValid) {
  EXPECT_THAT(Errors("VMPlacementPolicy", R"({"nodeSelector":["pve-node-1"],
      "antiAffinity":[{"key":"vm.type","operator":"In","values":["database"]}],
      "constraints":{"maxVMsPerNode":10,"minFreeMemory":"4Gi"}})"),
              IsEmpty());
}

}  // namespace
}  // namespace vr::api
