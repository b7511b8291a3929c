#include "providers/libvirt/owner.h"

#include <gtest/gtest.h>

#include <regex>

namespace vr::libvirt {
namespace {

const Owner kOwner{.uid = "6f1c",
                   .key = "default/<web>",
                   .creating = true,
                   .volumes = {{"default", "root.qcow2"}, {"fast", "a&b"}}};

TEST(Owner, SurvivesTheWayThroughMetadata) {
  pugi::xml_document document;
  AppendOwner(document.append_child("metadata"), kOwner);
  Owner read;
  ASSERT_TRUE(ReadOwner(document.child("metadata"), read));
  EXPECT_EQ(read, kOwner);
}

TEST(Owner, ListsOnlyWhatNamesAVolume) {
  pugi::xml_document document;
  document.load_string(
      "<m><o:owner xmlns:o='https://virtrigaud.io/libvirt/1' uid='u'>text<note/>"
      "<volume pool='p' name='root'/><volume pool='p'/></o:owner></m>");
  Owner read;
  ASSERT_TRUE(ReadOwner(document.child("m"), read));
  EXPECT_EQ(read.volumes, (std::vector<VolumeRef>{{"p", "root"}}));
}

TEST(Owner, IsFoundUnderAnyPrefix) {
  pugi::xml_document document;
  document.load_string(
      "<metadata><x:other xmlns:x='https://example.org'/>"
      "<owner xmlns='https://virtrigaud.io/libvirt/1' uid='u'/></metadata>");
  Owner read;
  ASSERT_TRUE(ReadOwner(document.child("metadata"), read));
  EXPECT_EQ(read.uid, "u");
}

TEST(Owner, IsNotFoundInSomebodyElsesMetadata) {
  pugi::xml_document document;
  document.load_string("<metadata><v:owner xmlns:v='https://example.org' uid='u'/></metadata>");
  Owner read;
  EXPECT_FALSE(ReadOwner(document.child("metadata"), read));
  EXPECT_FALSE(ReadOwner(document.child("nothing"), read));
}

TEST(DomainUuidFor, IsAValidUuidAndAlwaysTheSame) {
  const std::regex uuid("[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  for (int i = 0; i < 100; ++i) {
    const std::string owner = "owner " + std::to_string(i);
    EXPECT_TRUE(std::regex_match(DomainUuidFor(owner), uuid)) << DomainUuidFor(owner);
    EXPECT_EQ(DomainUuidFor(owner), DomainUuidFor(owner));
    EXPECT_NE(DomainUuidFor(owner), DomainUuidFor(owner + " "));
  }
}

TEST(MacAddressFor, DiffersByInterfaceAndOwner) {
  EXPECT_EQ(MacAddressFor("u", 0), MacAddressFor("u", 0));
  EXPECT_NE(MacAddressFor("u", 0), MacAddressFor("u", 1));
  EXPECT_NE(MacAddressFor("u", 0), MacAddressFor("v", 0));
  EXPECT_EQ(MacAddressFor("u", 0).substr(0, 9), "52:54:00:");
}

}  // namespace
}  // namespace vr::libvirt
