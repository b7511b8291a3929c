#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "api/v1beta1.h"

namespace vr::api {
namespace {

using kube::Json;
using kube::ResourceTraits;

template <class T>
T Decoded(const char* spec, bool has_findings = false) {
  const Json object = {{"metadata", {{"name", "x"}, {"namespace", "lab"}}},
                       {"spec", Json::parse(spec)}};
  auto typed = ResourceTraits<T>::Decode(object);
  EXPECT_TRUE(typed.ok()) << (typed.ok() ? "" : typed.error().message);
  EXPECT_EQ(typed.ok() && typed->findings.empty(), !has_findings);
  return typed.ok() ? std::move(typed).value() : T();
}

TEST(DecodeVmSnapshot, UnderstandsTheDocumentedSpellings) {
  const auto spec =
      Decoded<VmSnapshot>(R"({"vmRef":{"name":"web"},"nameHint":"pre update","memory":true,
      "retention":{"maxSnapshots":3,"maxAge":"7d"},"schedule":"0 2 * * 0"})")
          .spec;
  EXPECT_EQ(spec.vm_name, "web");
  EXPECT_EQ(spec.name, "pre-update");
  EXPECT_TRUE(spec.include_memory);
  EXPECT_EQ(spec.max_age, std::chrono::hours(7 * 24));
  EXPECT_EQ(spec.max_count, 3);
  EXPECT_TRUE(spec.schedule.enabled);
  EXPECT_EQ(spec.schedule.cron_spec, "0 2 * * 0");
  EXPECT_EQ(spec.schedule.concurrency_policy, "Forbid");
}

TEST(DecodeVmClone, FillsInWhatTheTargetDoesNotSay) {
  const auto spec = Decoded<VmClone>(R"({"sourceVMRef":{"name":"web"},"linkedClone":true})").spec;
  EXPECT_EQ(spec.vm_name, "web");
  EXPECT_EQ(spec.type, "LinkedClone");
  EXPECT_EQ(spec.target.vm, (ObjectRef{"x", "lab"}));
  EXPECT_FALSE(spec.target.class_ref.has_value());
  EXPECT_EQ(spec.timeout, std::chrono::minutes(30));
}

TEST(DecodeVmSet, DerivesItsSelector) {
  const char* labelled =
      R"({"template":{"metadata":{"labels":{"app":"web"}},"spec":{"providerRef":{"name":"p"},"vmClassRef":"small","vmImageRef":"i"}}})";
  EXPECT_EQ(Decoded<VmSet>(labelled).spec.selector.ToString(), "app=web");
  const auto bare =
      Decoded<VmSet>(
          R"({"template":{"spec":{"providerRef":{"name":"p"},"vmClassRef":"c","vmImageRef":"i"}}})")
          .spec;
  EXPECT_EQ(bare.selector.ToString(), "virtrigaud.io/vmset=x");
  EXPECT_TRUE(bare.selector.Matches(bare.template_meta.labels)) << "VMs get the label";
  EXPECT_EQ(Json::parse(Decoded<VmSet>(labelled).spec.template_spec_json)["classRef"]["name"],
            "small");
}

TEST(DecodeVmSet, ReadsAmountsAndRefusesWhatIsNone) {
  const auto spec =
      Decoded<VmSet>(
          R"({"template":{"spec":{"providerRef":{"name":"p"},"vmClassRef":"c","vmImageRef":"i"}},"updateStrategy":{"rollingUpdate":{"maxSurge":2,"maxUnavailable":"30%"}}})")
          .spec;
  EXPECT_EQ(spec.max_surge.Of(10, true), 2);
  EXPECT_EQ(spec.max_unavailable.Of(5, false), 1);
  EXPECT_EQ(spec.max_unavailable.Of(5, true), 2);
  const auto bad =
      Decoded<VmSet>(R"({"updateStrategy":{"rollingUpdate":{"maxSurge":"some"}}})", true);
  EXPECT_EQ(bad.spec.max_surge.Of(8, true), 2) << "the default";
  EXPECT_THAT(
      bad.findings,
      ::testing::Contains(::testing::HasSubstr("spec.updateStrategy.rollingUpdate.maxSurge")));
}

TEST(LabelSelector, MatchesAsKubernetesDoes) {
  LabelSelector selector{{{"app", "web"}},
                         {{"tier", "In", {"a", "b"}}, {"old", "DoesNotExist", {}}}};
  EXPECT_EQ(selector.ToString(), "app=web,tier in (a,b),!old");
  EXPECT_TRUE(selector.Matches({{"app", "web"}, {"tier", "b"}}));
  EXPECT_FALSE(selector.Matches({{"app", "web"}}));
  EXPECT_FALSE(selector.Matches({{"app", "web"}, {"tier", "b"}, {"old", ""}}));
  EXPECT_TRUE((LabelSelector{{}, {{"tier", "NotIn", {"a"}}}}.Matches({})));
}

TEST(DecodeVmPlacementPolicy, UnderstandsTheDocumentedForms) {
  const auto spec = Decoded<VmPlacementPolicy>(R"({"nodeSelector":["pve-1"],
      "antiAffinity":{"hostAntiAffinity":true,"clusterAntiAffinity":false},
      "constraints":{"maxVMsPerNode":10,"minFreeMemory":"4Gi"}})")
                        .spec;
  EXPECT_EQ(spec.hard.hosts, std::vector<std::string>{"pve-1"});
  EXPECT_TRUE(spec.anti_affinity.at("host").enabled);
  EXPECT_EQ(spec.anti_affinity.at("host").most, 10);
  EXPECT_FALSE(spec.anti_affinity.at("cluster").enabled);
  EXPECT_EQ(spec.min_memory_mib, 4096);
}

TEST(DecodeVmMigration, ReadsEndsAndStorage) {
  const auto spec = Decoded<VmMigration>(R"({"source":{"vmRef":{"name":"web"}},
      "target":{"name":"new","providerRef":{"name":"b"},"powerOn":true},
      "storage":{"type":"nfs","nfs":{"server":"s","export":"/e","uid":1000}},
      "options":{"retryPolicy":{"retryDelay":"1m"}}})")
                        .spec;
  EXPECT_EQ(spec.vm_name, "web");
  EXPECT_EQ(spec.target.vm, (ObjectRef{"new", "lab"}));
  EXPECT_EQ(spec.target.provider_ref, (ObjectRef{"b", ""}));
  EXPECT_TRUE(spec.power_on);
  EXPECT_EQ(spec.storage.nfs_uid, 1000);
  EXPECT_EQ(spec.retry.retry_delay, std::chrono::minutes(1));
  EXPECT_EQ(spec.timeout, std::chrono::hours(4));
}

TEST(DecodeVmTemplate, IsCalledAsTheObjectUnlessItSaysOtherwise) {
  const auto spec = Decoded<VmTemplate>(R"({"sourceVM":"base","powerOff":true})").spec;
  EXPECT_EQ(spec.vm_name, "base");
  EXPECT_EQ(spec.template_name, "x");
  EXPECT_TRUE(spec.power_off);
  EXPECT_FALSE(spec.delete_with_object);
}

TEST(Decode, AWrongTypeIsAFindingThatNamesTheField) {
  const auto snapshot =
      Decoded<VmSnapshot>(R"({"vmRef":{"name":"v"},"retentionPolicy":{"maxCount":"many"}})", true);
  EXPECT_EQ(snapshot.spec.vm_name, "v") << "the rest is understood";
  ASSERT_FALSE(snapshot.findings.empty());
  EXPECT_EQ(snapshot.findings[0],
            "spec.retentionPolicy.maxCount: Invalid value: \"string\": "
            "spec.retentionPolicy.maxCount in body must be of type integer: \"string\"");
}

TEST(Decode, ADurationThatIsNoneIsAFindingThatNamesTheField) {
  const auto clone =
      Decoded<VmClone>(R"({"sourceRef":{"name":"v"},"options":{"timeout":"soon"}})", true);
  EXPECT_EQ(clone.spec.timeout, std::chrono::minutes(30));
  ASSERT_EQ(clone.findings.size(), 1U);
  EXPECT_NE(clone.findings[0].find("spec.options.timeout"), std::string::npos);
}

}  // namespace
}  // namespace vr::api
