#include "api/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/kinds.h"

namespace vr::api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Json Object(const char* kind, const char* spec) {
  return {{"apiVersion", "infra.virtrigaud.io/v1beta1"},
          {"kind", kind},
          {"metadata", {{"name", "x"}}},
          {"spec", Json::parse(spec)}};
}

std::vector<std::string> Errors(const char* kind, const char* spec,
                                const char* old_spec = nullptr) {
  const Json old_object = old_spec == nullptr ? Json() : Object(kind, old_spec);
  const AdmissionResult result =
      Validate(*FindKind(kind), old_spec == nullptr ? nullptr : &old_object, Object(kind, spec));
  std::vector<std::string> messages;
  for (const FieldError& error : result.errors) messages.push_back(error.Message());
  return messages;
}

constexpr const char* kVm =
    R"({"providerRef":{"name":"p"},"classRef":{"name":"c"},"imageRef":{"name":"i"}})";

TEST(Validate, AcceptsAMinimalVm) { EXPECT_THAT(Errors("VirtualMachine", kVm), IsEmpty()); }

TEST(Validate, NamesEveryMissingReference) {
  EXPECT_THAT(Errors("VirtualMachine", R"({"providerRef":{"name":"p"}})"),
              ElementsAre(HasSubstr("spec.classRef: Required value"),
                          HasSubstr("spec.imageRef: Required value")));
}

TEST(Validate, RefusesWrongTypesAndLimitsWithThePath) {
  EXPECT_THAT(
      Errors("VMClass", R"({"cpu":0,"memory":"2Gi"})"),
      ElementsAre(
          "spec.cpu: Invalid value: 0: spec.cpu in body should be greater than or equal to 1"));
  EXPECT_THAT(Errors("VMClass", R"({"cpu":"two","memory":"2Gi"})"),
              ElementsAre(HasSubstr("must be of type integer: \"string\"")));
  EXPECT_THAT(Errors("VMClass", R"({"cpu":2,"memory":"lots"})"),
              ElementsAre(HasSubstr("spec.memory: Invalid value: \"lots\"")));
  EXPECT_THAT(Errors("VMClass", R"({"cpu":2,"memory":2})"),
              ElementsAre(HasSubstr("without a suffix the number means bytes")));
}

TEST(Validate, PowerStateTakesUnquotedOnAndOff) {
  EXPECT_THAT(
      Errors(
          "VirtualMachine",
          R"({"providerRef":{"name":"p"},"classRef":{"name":"c"},"imageRef":{"name":"i"},"powerState":true})"),
      IsEmpty());
  EXPECT_THAT(
      Errors(
          "VirtualMachine",
          R"({"providerRef":{"name":"p"},"classRef":{"name":"c"},"imageRef":{"name":"i"},"powerState":"Up"})"),
      ElementsAre(HasSubstr("spec.powerState: Unsupported value: \"Up\"")));
}

TEST(Validate, AddressesMayBeIpv6) {
  const auto with = [](const char* address) {
    return std::string(
               R"({"providerRef":{"name":"p"},"classRef":{"name":"c"},"imageRef":{"name":"i"},"networks":[{"name":"n","ipAddress":")") +
           address + "\"}]}";
  };
  EXPECT_THAT(Errors("VirtualMachine", with("2001:db8::1").c_str()), IsEmpty());
  EXPECT_THAT(Errors("VirtualMachine", with("300.1.1.1").c_str()),
              ElementsAre(HasSubstr("spec.networks[0].ipAddress")));
}

TEST(Validate, ReferencesThatMakeTheVmDoNotChange) {
  EXPECT_THAT(
      Errors("VirtualMachine",
             R"({"providerRef":{"name":"q"},"classRef":{"name":"c"},"imageRef":{"name":"i"}})",
             kVm),
      ElementsAre(HasSubstr("spec.providerRef: Forbidden")));
  EXPECT_THAT(
      Errors("VirtualMachine",
             R"({"providerRef":{"name":"p"},"vmClassRef":"d","imageRef":{"name":"i"}})", kVm),
      IsEmpty());
}

TEST(Validate, DisksNeedASizeAndNeverShrink) {
  const char* twenty =
      R"({"providerRef":{"name":"p"},"classRef":{"name":"c"},"imageRef":{"name":"i"},"disks":[{"name":"d","sizeGiB":20}]})";
  EXPECT_THAT(
      Errors(
          "VirtualMachine",
          R"({"providerRef":{"name":"p"},"classRef":{"name":"c"},"imageRef":{"name":"i"},"disks":[{"name":"d","size":"10Gi"}]})",
          twenty),
      ElementsAre(HasSubstr("a disk cannot shrink: it is 20 GiB")));
  EXPECT_THAT(
      Errors(
          "VirtualMachine",
          R"({"providerRef":{"name":"p"},"classRef":{"name":"c"},"imageRef":{"name":"i"},"disks":[{"name":"d"}]})"),
      ElementsAre(HasSubstr("spec.disks[0].sizeGiB: Required value")));
}

TEST(Validate, AMockProviderNeedsNeitherEndpointNorSecret) {
  EXPECT_THAT(Errors("Provider", R"({"type":"mock"})"), IsEmpty());
  EXPECT_THAT(Errors("Provider", R"({"type":"libvirt"})"),
              ElementsAre(HasSubstr("spec.endpoint: Required value")));
  EXPECT_THAT(Errors("Provider", R"({"type":"libvirt","endpoint":"somewhere"})"),
              ElementsAre(HasSubstr("must be a URL")));
}

// One row for each alias of aliases.md that a table row expresses: kind, documented spec, pointer
// and canonical value.
struct AliasCase {
  const char* kind;
  const char* spec;
  const char* pointer;
  Json value;
};

class Aliases : public ::testing::TestWithParam<AliasCase> {};

TEST_P(Aliases, MoveToTheCanonicalFieldWithAWarning) {
  const AliasCase& test = GetParam();
  AdmissionResult result;
  const Json before = Object(test.kind, test.spec);
  const Json canonical = Canonical(*FindKind(test.kind), before, result);
  EXPECT_THAT(result.errors, IsEmpty());
  EXPECT_EQ(canonical.value(Json::json_pointer(test.pointer), Json()), test.value);
  EXPECT_EQ(before, Object(test.kind, test.spec)) << "the user's object stays as it is";
}

INSTANTIATE_TEST_SUITE_P(
    Documented, Aliases,
    ::testing::Values(
        AliasCase{"VMClass", R"({"memoryMiB":2048})", "/spec/memory", "2048Mi"},
        AliasCase{"VMClass", R"({"cpus":4})", "/spec/cpu", 4},
        AliasCase{"VMClass", R"({"diskDefaults":{"sizeGiB":40}})", "/spec/diskDefaults/size",
                  "40Gi"},
        AliasCase{"VMClass", R"({"storage":{"class":"fast"}})", "/spec/diskDefaults/storageClass",
                  "fast"},
        AliasCase{"VMClass", R"({"storage":{"type":"thin"}})", "/spec/diskDefaults/type", "thin"},
        AliasCase{"VMClass", R"({"firmware":"efi"})", "/spec/firmware", "UEFI"},
        AliasCase{"VMClass", R"({"firmware":"bios"})", "/spec/firmware", "BIOS"},
        AliasCase{"VMImage", R"({"libvirt":{"path":"/a"}})", "/spec/source/libvirt/path", "/a"},
        AliasCase{"VMImage", R"({"source":{"libvirt":{"qcow2URL":"https://h/a"}}})",
                  "/spec/source/libvirt/url", "https://h/a"},
        AliasCase{"VMImage", R"({"source":"ubuntu"})", "/spec/source/proxmox/templateName",
                  "ubuntu"},
        AliasCase{"VMImage", R"({"source":"9000"})", "/spec/source/proxmox/templateID", 9000},
        AliasCase{"VMImage", R"({"source":{"template":"t"}})", "/spec/source/vsphere/templateName",
                  "t"},
        AliasCase{"VMImage", R"({"source":{"disk":"/d","pool":"p"}})",
                  "/spec/source/libvirt/storagePool", "p"},
        AliasCase{"VirtualMachine", R"({"vmClassRef":"small"})", "/spec/classRef/name", "small"},
        AliasCase{"VirtualMachine", R"({"vmImageRef":"ubuntu"})", "/spec/imageRef/name", "ubuntu"},
        AliasCase{"VirtualMachine", R"({"disks":[{"name":"d","size":"100Gi"}]})",
                  "/spec/disks/0/sizeGiB", 100},
        AliasCase{"VirtualMachine", R"({"networks":[{"name":"n","mac":"52:54:00:00:00:01"}]})",
                  "/spec/networks/0/macAddress", "52:54:00:00:00:01"},
        AliasCase{"VirtualMachine",
                  R"({"networks":[{"name":"n","staticIP":{"address":"192.0.2.5/24"}}]})",
                  "/spec/networks/0/prefix", 24},
        AliasCase{"VirtualMachine",
                  R"({"networks":[{"name":"n","staticIP":{"dns":["1.1.1.1","8.8.8.8"]}}]})",
                  "/spec/networks/0/dns", "1.1.1.1,8.8.8.8"},
        AliasCase{"VirtualMachine", R"({"powerState":false})", "/spec/powerState", "Off"},
        AliasCase{"VMNetworkAttachment", R"({"libvirt":{"networkName":"default"}})",
                  "/spec/network/libvirt/networkName", "default"},
        AliasCase{"VMNetworkAttachment", R"({"ipPolicy":"static"})", "/spec/ipAllocation/type",
                  "Static"},
        AliasCase{"Provider", R"({"defaults":{"defaultStoragePool":"p"}})",
                  "/spec/defaults/storagePool", "p"},
        AliasCase{"Provider", R"({"defaults":{"defaultNetwork":"n"}})", "/spec/defaults/network",
                  "n"}));

TEST(Canonical, RefusesTwoFormsThatDisagree) {
  EXPECT_THAT(Errors("VMClass", R"({"cpu":2,"cpus":4,"memory":"1Gi"})"),
              ElementsAre(HasSubstr("spec.cpus: Invalid value: 4: differs from spec.cpu")));
  EXPECT_THAT(Errors("VMClass", R"({"cpu":4,"cpus":4,"memory":"1Gi"})"), IsEmpty());
}

TEST(Canonical, AnAliasIsWarnedAbout) {
  const AdmissionResult result =
      Validate(*FindKind("VMClass"), nullptr, Object("VMClass", R"({"cpus":4,"memoryMiB":512})"));
  EXPECT_THAT(result.warnings,
              ::testing::UnorderedElementsAre(HasSubstr("the field is spec.cpu"),
                                              HasSubstr("the field is spec.memory")));
}

TEST(PruneUnknown, RemovesAndNamesWhatTheSchemaDoesNotKnow) {
  Json object = Object(
      "VMClass",
      R"({"cpu":1,"memory":"1Gi","colour":"red","extraConfig":{"a":"b"},"diskDefaults":{"odd":1}})");
  EXPECT_THAT(PruneUnknown(*FindKind("VMClass"), object),
              ::testing::UnorderedElementsAre("spec.colour", "spec.diskDefaults.odd"));
  EXPECT_FALSE(object["spec"].contains("colour"));
  EXPECT_EQ(object["spec"]["extraConfig"]["a"], "b");
  EXPECT_EQ(object["metadata"]["name"], "x");
}

TEST(ApplyDefaults, FillsMissingFieldsOfObjectsThatAreThere) {
  Json object = Object("VMClass", R"({"cpu":1,"memory":"1Gi","diskDefaults":{}})");
  ApplyDefaults(*FindKind("VMClass"), object);
  EXPECT_EQ(object["spec"]["firmware"], "BIOS");
  EXPECT_EQ(object["spec"]["diskDefaults"]["size"], "40Gi");
  EXPECT_FALSE(object["spec"].contains("performanceProfile"));
}

}  // namespace
}  // namespace vr::api
