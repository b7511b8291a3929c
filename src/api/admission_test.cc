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
              ElementsAre(HasSubstr("must be of type integer: \"string\""),
                          HasSubstr("some validation rules were not checked")));
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
      ElementsAre(HasSubstr("spec.powerState: Unsupported value: \"Up\""),
                  HasSubstr("some validation rules were not checked")));
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

TEST(Validate, DisksNeedASizeAndNeverShrink) {
  const char* twenty =
      R"({"providerRef":{"name":"p"},"classRef":{"name":"c"},"imageRef":{"name":"i"},"disks":[{"name":"d","sizeGiB":20}]})";
  EXPECT_THAT(
      Errors(
          "VirtualMachine",
          R"({"providerRef":{"name":"p"},"classRef":{"name":"c"},"imageRef":{"name":"i"},"disks":[{"name":"d","size":"10Gi"}]})",
          twenty),
      ElementsAre(HasSubstr("a disk cannot shrink: it was 20")));
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

TEST(Canonical, RefusesTwoFormsThatDisagree) {
  EXPECT_THAT(Errors("VMClass", R"({"cpu":2,"cpus":4,"memory":"1Gi"})"),
              ElementsAre(HasSubstr("spec.cpus: Invalid value: 4: differs from spec.cpu")));
  EXPECT_THAT(Errors("VMClass", R"({"cpu":4,"cpus":4,"memory":"1Gi"})"), IsEmpty());
}

TEST(Canonical, AnAliasGoesBeforeADefaultThatTheServerFilledIn) {
  const KindInfo& kind = *FindKind("VMClass");
  Json object =
      Object("VMClass", R"({"cpu":2,"memory":"1Gi","diskDefaults":{"type":"thin","sizeGiB":50}})");
  ApplyDefaults(kind, object);
  AdmissionResult result;
  EXPECT_EQ(Canonical(kind, object, result)["spec"]["diskDefaults"]["size"], "50Gi");
  EXPECT_THAT(result.errors, IsEmpty());
}

TEST(Canonical, WhatAnAliasMovesMustSuitTheCanonicalField) {
  EXPECT_THAT(Errors("VMClass", R"({"cpu":2,"memory":"1Gi","spec":{"cpu":{"mode":"fast"}}})"),
              ElementsAre(HasSubstr("spec.spec.cpu.mode: Unsupported value: \"fast\"")));
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
