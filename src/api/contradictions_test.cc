// What may be meant is warned about; what is refused has a case in tests/golden/rule-cases.json.
#include "api/contradictions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/admission.h"
#include "api/kinds.h"

namespace vr::api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> Warnings(const char* kind_name, const char* spec) {
  const KindInfo& kind = *FindKind(kind_name);
  Json object = {{"apiVersion", kind.type.ApiVersion()},
                 {"kind", kind_name},
                 {"metadata", {{"name", "x"}, {"namespace", "default"}}},
                 {"spec", Json::parse(spec)}};
  ApplyDefaults(kind, object);
  const AdmissionResult result = Validate(kind, nullptr, object);
  for (const FieldError& error : result.errors) ADD_FAILURE() << error.Message();
  return result.warnings;
}

TEST(Contradictions, AChecksumThatIsNoneIsWarnedAbout) {
  for (const char* sum : {"sha256:abc123...", "abc", "crc:00000000"}) {
    const Json source = {{"source", {{"libvirt", {{"url", "https://h/a"}, {"checksum", sum}}}}}};
    EXPECT_THAT(Warnings("VMImage", source.dump().c_str()),
                ElementsAre(HasSubstr("spec.source.libvirt.checksum: no file has this checksum")))
        << sum;
  }
  const std::string digits(64, 'A');
  for (const std::string& sum : {digits, "SHA256:" + digits, "md5:" + std::string(32, '0')}) {
    const Json source = {{"source", {{"http", {{"url", "https://h/a"}, {"checksum", sum}}}}}};
    EXPECT_THAT(Warnings("VMImage", source.dump().c_str()), IsEmpty()) << sum;
  }
}

TEST(Contradictions, AStaticNetworkWithoutAnAddressIsWarnedAbout) {
  EXPECT_THAT(
      Warnings("VMNetworkAttachment",
               R"({"network":{"libvirt":{"networkName":"n"}},"ipAllocation":{"type":"Static"}})"),
      ElementsAre(HasSubstr("spec.ipAllocation.staticConfig: type Static without it")));
}

TEST(Contradictions, AMigrationOntoTheNameOfItsSourceIsWarnedAbout) {
  EXPECT_THAT(
      Warnings(
          "VMMigration",
          R"({"source":{"vmRef":{"name":"v"}},"target":{"name":"v","providerRef":{"name":"b"}}})"),
      ElementsAre(HasSubstr("spec.target.name: the source has this name")));
  EXPECT_THAT(Warnings("VMMigration", R"({"source":{"vmRef":{"name":"v"}},
      "target":{"name":"v","namespace":"other","providerRef":{"name":"b"}}})"),
              IsEmpty());
}

TEST(Contradictions, ACloneWithoutANameIsNotCalledAsItsSource) {
  Json object = {{"metadata", {{"name", "v"}, {"namespace", "default"}}},
                 {"spec", {{"source", {{"vmRef", {{"name", "v"}}}}}}}};
  const AdmissionResult result = Validate(*FindKind("VMClone"), nullptr, object);
  ASSERT_EQ(result.errors.size(), 1U);
  EXPECT_EQ(result.errors[0].path, "spec.target.name");
}

}  // namespace
}  // namespace vr::api
