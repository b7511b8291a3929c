#include "cli/field_paths.h"

#include <gmock/gmock.h>

#include "cli/report.h"
#include "cli/suggest.h"

namespace vr::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(Suggest, FindsTheNearestWordAndNothingFar) {
  EXPECT_EQ(NearestOf("lst", {"list", "watch", "get"}), "list");
  EXPECT_EQ(NearestOf("powerstate", {"powerState", "phase"}), "powerState");
  EXPECT_EQ(NearestOf("foo", {"up", "down", "status"}), "");
}

TEST(FieldPath, IsAcceptedWhereObjectsHaveIt) {
  for (const char* path :
       {"spec.powerState", "status.phase", "metadata.labels.app", "spec.networks[0].name",
        "spec.providerRef.name", "status.ips[0]", "kind"}) {
    const Status known = CheckFieldPath("VirtualMachine", path);
    EXPECT_TRUE(known.ok()) << path << ": " << (known ? "" : known.error().message);
  }
  EXPECT_TRUE(CheckFieldPath("Secret", "data.x").ok()) << "not a kind of ours";
}

TEST(FieldPath, IsRefusedWithTheFieldsThereAre) {
  const Status typo = CheckFieldPath("VirtualMachine", "spec.powerstate");
  ASSERT_FALSE(typo.ok());
  EXPECT_EQ(typo.error().kind, ErrorKind::kInvalidSpec);
  EXPECT_THAT(typo.error().message,
              AllOf(HasSubstr("spec.powerstate"), HasSubstr("did you mean 'powerState'"),
                    HasSubstr("providerRef")));
  EXPECT_THAT(CheckFieldPath("VirtualMachine", "phase").error().message,
              AllOf(HasSubstr("spec"), HasSubstr("status"), HasSubstr("metadata")));
}

Advice Explained(const std::string& message) {
  return AdviceOf(ExplainField({ErrorKind::kInvalidSpec, message, {}}, "VirtualMachine"));
}

TEST(ExplainField, NamesTheCommandThatListsTheFields) {
  const Advice advice = Explained(
      "failed to create typed patch object (default/web; infra.virtrigaud.io/v1beta1, "
      "Kind=VirtualMachine): .spec.powerstate: field not declared in schema");
  EXPECT_THAT(advice.hint, AllOf(HasSubstr("'kubectl explain virtualmachine.spec'"),
                                 HasSubstr("did you mean 'powerState'")));
  EXPECT_THAT(Explained("strict decoding error: unknown field \"spec.networks[0].nam\"").hint,
              HasSubstr("'kubectl explain virtualmachine.spec.networks'"));
}

TEST(ExplainField, NamesTheCommandThatDescribesAFieldOfTheWrongType) {
  EXPECT_THAT(Explained(".spec.networks: expected list, got &{map[name:x]}").hint,
              HasSubstr("'kubectl explain virtualmachine.spec.networks'"));
  EXPECT_THAT(Explained("\"web\" is invalid: spec.disks[0].sizeGiB: Invalid value: \"5\"").hint,
              HasSubstr("'kubectl explain virtualmachine.spec.disks.sizeGiB'"));
  EXPECT_EQ(Explained("something else").hint, "");
}

}  // namespace
}  // namespace vr::cli
