#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/v1beta1.h"

namespace vr::api {
namespace {

using kube::Json;
using kube::ResourceTraits;

TEST(DecodeVirtualMachine, MovesAliasesAndAppliesDefaults) {
  const VirtualMachine vm = ResourceTraits<VirtualMachine>::Decode(
                                Json::parse(R"({"metadata":{"name":"web","namespace":"d","uid":"u"},
      "spec":{"providerRef":{"name":"p","namespace":"infra"},"vmClassRef":"small","imageRef":{"name":"i"},"powerState":false,
              "lifecycle":{},"disks":[{"name":"data","size":"5Gi"}],"placementRef":{"name":"x"}},
      "status":{"id":"7","ips":["192.0.2.1"],"conditions":[{"type":"Ready","status":"True"}]}})"))
                                .value();
  EXPECT_EQ(vm.spec.class_ref.name, "small");
  EXPECT_EQ(vm.spec.power_state, "Off");
  EXPECT_EQ(vm.spec.provider_ref.Resolve("d"), (kube::Key{"infra", "p"}));
  EXPECT_EQ(vm.spec.graceful_shutdown_timeout, std::chrono::seconds(60));
  EXPECT_EQ(vm.spec.disks[0].size_gib, 5);
  EXPECT_EQ(vm.spec.disks[0].type, "thin");
  EXPECT_EQ(vm.spec.without_effect, std::vector<std::string>{"spec.placementRef"});
  EXPECT_EQ(vm.status.id, "7");
  EXPECT_EQ(vm.status.conditions[0].type, "Ready");
}

TEST(DecodeVirtualMachine, EncodesTheStatusThatItDecoded) {
  const Json object = Json::parse(
      R"({"metadata":{"name":"web"},"spec":{},"status":{"id":"7","phase":"Running","ips":["192.0.2.1"],
      "ipAddresses":["192.0.2.1"],"powerState":"On","currentResources":{"cpu":2,"memoryMiB":512},"provider":{"a":"b"},"observedGeneration":3,
      "conditions":[{"type":"Ready","status":"True","reason":"VMReady","message":"","lastTransitionTime":"2026-01-31T12:00:00Z"}]}})");
  EXPECT_EQ(ResourceTraits<VirtualMachine>::EncodeStatus(
                ResourceTraits<VirtualMachine>::Decode(object).value()),
            object["status"]);
}

TEST(DecodeVirtualMachine, KeepsWhatIsWrongAsFindings) {
  const auto vm = ResourceTraits<VirtualMachine>::Decode(Json::parse(
      R"({"metadata":{"name":"web","namespace":"d"},
      "spec":{"providerRef":{"name":"p"},"classRef":{"name":"small"},"vmClassRef":"large",
              "imageRef":{"name":"i"}}})"));
  ASSERT_TRUE(vm.ok());
  ASSERT_EQ(vm->findings.size(), 1U);
  EXPECT_NE(vm->findings[0].find("spec.vmClassRef: Invalid value: \"large\": differs from"),
            std::string::npos)
      << vm->findings[0];
  EXPECT_EQ(vm->spec.provider_ref.name, "p");
}

TEST(DecodeVirtualMachine, SurvivesWrongTypesEverywhere) {
  const auto vm = ResourceTraits<VirtualMachine>::Decode(Json::parse(
      R"({"metadata":{"name":"web"},
      "spec":{"providerRef":{"name":"p"},"vmClassRef":7,"imageRef":[],"powerState":{},"disks":{"a":1},
              "networks":"x","lifecycle":{"gracefulShutdownTimeout":"soon"},"tags":3,"resources":[]},
      "status":{"phase":7,"ips":"x"}})"));
  ASSERT_TRUE(vm.ok()) << vm.error().message;
  EXPECT_GE(vm->findings.size(), 6U);
  for (const std::string& finding : vm->findings)
    EXPECT_TRUE(finding.starts_with("spec")) << finding;
  EXPECT_EQ(vm->spec.provider_ref.name, "p");
}

TEST(DecodeVirtualMachine, FindsNothingInASoundSpec) {
  const auto vm = ResourceTraits<VirtualMachine>::Decode(Json::parse(
      R"({"metadata":{"name":"web"},"spec":{"providerRef":{"name":"p"},"vmClassRef":"small",
      "imageRef":{"name":"i"},"powerState":false}})"));
  ASSERT_TRUE(vm.ok());
  EXPECT_TRUE(vm->findings.empty()) << vm->findings.front();
}

TEST(DecodeVmImage, SplitsThePrefixedChecksum) {
  const VmImage image = ResourceTraits<VmImage>::Decode(
                            Json::parse(R"({"metadata":{"name":"i"},"spec":{"source":{"libvirt":
      {"url":"https://h/i.qcow2","checksum":"sha512:abc"}}}})"))
                            .value();
  EXPECT_EQ(image.spec.checksum, "abc");
  EXPECT_EQ(image.spec.checksum_type, "sha512");
  EXPECT_EQ(image.spec.format, "qcow2");
}

TEST(DecodeVmClass, RoundsSizesUp) {
  const VmClass vm_class =
      ResourceTraits<VmClass>::Decode(
          Json::parse(
              R"({"metadata":{"name":"c"},"spec":{"cpus":2,"memory":"1.5Gi","diskDefaults":{"size":"1500Mi"}}})"))
          .value();
  EXPECT_EQ(vm_class.spec.cpu, 2);
  EXPECT_EQ(vm_class.spec.memory_mib, 1536);
  EXPECT_EQ(vm_class.spec.root_disk_gib, 2);
}

TEST(DecodeProvider, RoundTripsItsStatus) {
  const Json object = Json::parse(
      R"({"metadata":{"name":"p"},"spec":{"type":"mock","runtime":{"env":[{"name":"A","value":"b"}]}},
      "status":{"healthy":true,"connectedVMs":3,"version":"1","runtime":{"mode":"Remote","phase":"Running"},
      "reportedCapabilities":{"supportsSnapshots":true,"supportedDiskTypes":["thin"]}}})");
  const Provider provider = ResourceTraits<Provider>::Decode(object).value();
  EXPECT_EQ(provider.spec.env[0].value, "b");
  const Json status = ResourceTraits<Provider>::EncodeStatus(provider);
  EXPECT_EQ(status["reportedCapabilities"]["supportsSnapshots"], true);
  EXPECT_EQ(status["reportedCapabilities"]["supportedDiskTypes"], Json::array({"thin"}));
  EXPECT_EQ(status["runtime"], object["status"]["runtime"]);
}

}  // namespace
}  // namespace vr::api
