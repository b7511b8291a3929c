#include "guest/cloud_init.h"

#include <gtest/gtest.h>

namespace vr::guest {
namespace {

TEST(BuildSeed, RendersInstanceIdAndHostname) {
  const auto seed = BuildSeed({.instance_id = "6f1c",
                               .name = "Web_01.prod",
                               .user_data = "#!/bin/sh\n",
                               .meta_data = "",
                               .nics = {}});
  ASSERT_TRUE(seed) << seed.error().message;
  EXPECT_EQ(seed->meta_data, "instance-id: 6f1c\nlocal-hostname: web-01-prod\n");
  EXPECT_EQ(seed->user_data, "#!/bin/sh\n");
  EXPECT_EQ(seed->network_config, "");
}

TEST(BuildSeed, AddsNothingToEmptyUserData) {
  const auto seed =
      BuildSeed({.instance_id = "u", .name = "a", .user_data = "", .meta_data = "", .nics = {}});
  ASSERT_TRUE(seed);
  EXPECT_EQ(seed->user_data, "");
}

TEST(BuildSeed, KeepsTheUsersMetaDataKeys) {
  const auto seed = BuildSeed({.instance_id = "u",
                               .name = "a",
                               .user_data = "",
                               .meta_data = "local-hostname: mine\nrole: [db, 2]\n",
                               .nics = {}});
  ASSERT_TRUE(seed) << seed.error().message;
  EXPECT_EQ(seed->meta_data, "instance-id: u\nlocal-hostname: mine\nrole: [db, 2]\n");
}

TEST(BuildSeed, RefusesUserDataWithoutAKnownHeader) {
  const auto seed = BuildSeed({.instance_id = "u",
                               .name = "a",
                               .user_data = "packages: [vim]\n",
                               .meta_data = "",
                               .nics = {}});
  ASSERT_FALSE(seed);
  EXPECT_EQ(seed.error().kind, ErrorKind::kInvalidSpec);
  EXPECT_NE(seed.error().message.find("#cloud-config"), std::string::npos);
}

TEST(BuildSeed, AcceptsEveryDocumentedHeader) {
  for (const std::string header :
       {"#cloud-config\n", "#!/bin/sh\n", "#include\nhttp://x", "#cloud-boothook\n",
        "#part-handler\n", "## template: jinja\n#cloud-config\n",
        "Content-Type: multipart/mixed; boundary=\"x\"\n", "MIME-Version: 1.0\n",
        "#cloud-config-archive\n", "\x1f\x8b\x08"}) {
    EXPECT_TRUE(BuildSeed(
        {.instance_id = "u", .name = "a", .user_data = header, .meta_data = "", .nics = {}}))
        << header;
  }
}

TEST(BuildSeed, RefusesWhatIsTooLarge) {
  const std::string big = "#cloud-config\n" + std::string(1024 * 1024, '#');
  const auto seed =
      BuildSeed({.instance_id = "u", .name = "a", .user_data = big, .meta_data = "", .nics = {}});
  ASSERT_FALSE(seed);
  EXPECT_EQ(seed.error().message, "user-data has 1048590 bytes; at most 1048576 are allowed");
}

TEST(BuildSeed, RefusesBrokenMetaDataWithoutRepeatingIt) {
  for (const std::string text : {"a: [hunter2", "- hunter2", "hunter2"}) {
    const auto seed = BuildSeed(
        {.instance_id = "u", .name = "a", .user_data = "", .meta_data = text, .nics = {}});
    ASSERT_FALSE(seed) << text;
    EXPECT_EQ(seed.error().kind, ErrorKind::kInvalidSpec);
    EXPECT_EQ(seed.error().message.find("hunter2"), std::string::npos);
  }
}

TEST(BuildSeed, MakesANetworkConfigOnlyForStaticAddresses) {
  SeedInput input{.instance_id = "u",
                  .name = "a",
                  .user_data = "",
                  .meta_data = "",
                  .nics = {{.mac = "52:54:00:00:00:01", .address = "", .gateway = "", .dns = {}}}};
  EXPECT_EQ(BuildSeed(input)->network_config, "");
  input.nics[0].address = "10.0.0.5";
  input.nics[0].prefix = 24;
  EXPECT_NE(BuildSeed(input)->network_config.find("10.0.0.5/24"), std::string::npos);
}

TEST(HostnameFrom, MakesAValidLabelOfAnything) {
  EXPECT_EQ(HostnameFrom("default/Web 1"), "default-web-1");
  EXPECT_EQ(HostnameFrom("--"), "vm");
  EXPECT_EQ(HostnameFrom(std::string(80, 'a')).size(), 63u);
}

}  // namespace
}  // namespace vr::guest
