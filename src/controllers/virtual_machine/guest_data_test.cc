#include "controllers/virtual_machine/guest_data.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "testing/in_memory_control_plane.h"

namespace vr::controllers {
namespace {

using ::testing::HasSubstr;

class GuestDataTest : public ::testing::Test {
 protected:
  GuestDataTest() {
    vm_.meta.name = "web";
    vm_.meta.ns = "team-a";
    image_.meta.name = "ubuntu";
  }
  Result<GuestData> Resolve() {
    return ResolveGuestData(Context().WithTimeout(std::chrono::seconds(20)), api_.client(), vm_,
                            &image_);
  }

  testing::InMemoryControlPlane api_{SystemClock()};
  api::VirtualMachine vm_;
  api::VmImage image_;
};

TEST_F(GuestDataTest, IsTheImagesTemplateForAVmThatHasNone) {
  image_.spec.user_data_template = "#cloud-config\nhostname: {{ .Name }}.{{ .Namespace }}\n";
  const auto data = Resolve();
  ASSERT_TRUE(data.ok()) << data.error().message;
  EXPECT_EQ(data->user_data, "#cloud-config\nhostname: web.team-a\n");
  EXPECT_EQ(data->user_data_kind, "cloud-init");
}

TEST_F(GuestDataTest, OfTheVmIsTakenAsWritten) {
  image_.spec.user_data_template = "#cloud-config\n";
  vm_.spec.user_data.inline_text = "#cloud-config\nhostname: {{ .Name }}\n";
  EXPECT_EQ(Resolve()->user_data, "#cloud-config\nhostname: {{ .Name }}\n");
  vm_.spec.user_data = {};
  vm_.spec.ignition.inline_text = "{}";
  EXPECT_EQ(Resolve()->user_data, "{}");
  EXPECT_EQ(Resolve()->user_data_kind, "ignition");
}

TEST_F(GuestDataTest, HasTheKeyOfTheVmsAnnotation) {
  image_.spec.user_data_template = "- {{ .SSHPublicKey }}";
  const auto without = Resolve();
  ASSERT_FALSE(without);
  EXPECT_EQ(without.error().kind, ErrorKind::kInvalidSpec);
  EXPECT_THAT(without.error().message,
              HasSubstr("VMImage ubuntu: spec.cloudInit.userDataTemplate"));
  EXPECT_THAT(without.error().message, HasSubstr("virtrigaud.io/ssh-public-key"));
  vm_.meta.annotations["virtrigaud.io/ssh-public-key"] = "ssh-ed25519 AAAA me";
  EXPECT_EQ(Resolve()->user_data, "- ssh-ed25519 AAAA me");
}

TEST_F(GuestDataTest, JoinsTextAndSecretAsMultipart) {
  ASSERT_TRUE(api_.Create(nlohmann::json{{"apiVersion", "v1"},
                                         {"kind", "Namespace"},
                                         {"metadata", {{"name", "team-a"}}}})
                  .ok());
  ASSERT_TRUE(api_.Create(nlohmann::json{{"apiVersion", "v1"},
                                         {"kind", "Secret"},
                                         {"metadata", {{"name", "seed"}, {"namespace", "team-a"}}},
                                         {"stringData", {{"user-data", "#!/bin/sh\n"}}}})
                  .ok());
  vm_.spec.user_data = {.inline_text = "#cloud-config\n", .secret_name = "seed"};
  const auto data = Resolve();
  ASSERT_TRUE(data.ok()) << data.error().message;
  EXPECT_THAT(data->user_data, HasSubstr("Content-Type: text/cloud-config"));
  EXPECT_THAT(data->user_data, HasSubstr("Content-Type: text/x-shellscript"));
}

}  // namespace
}  // namespace vr::controllers
