#include "providers/libvirt/image_header.h"

#include <gtest/gtest.h>

namespace vr::libvirt {
namespace {

// A version 3 header of a 1 GiB image.
std::string Qcow2() {
  std::string head(512, '\0');
  head.replace(0, 4, "QFI\xfb");
  head[7] = 3;
  head[28] = 0x40;
  return head;
}

TEST(ReadImageHeader, KnowsQcow2AndItsSize) {
  const auto header = ReadImageHeader(Qcow2(), "");
  ASSERT_TRUE(header) << header.error().message;
  EXPECT_EQ(header->format, "qcow2");
  EXPECT_EQ(header->virtual_size, int64_t{1} << 30);
}

TEST(ReadImageHeader, TakesAnythingElseAsRaw) {
  EXPECT_EQ(ReadImageHeader(std::string(512, '\x55'), "raw")->format, "raw");
  EXPECT_EQ(ReadImageHeader("short", "")->format, "raw");
}

TEST(ReadImageHeader, RefusesASizeThatNoDiskHas) {
  std::string negative = Qcow2();
  negative[24] = '\xff';
  EXPECT_EQ(ReadImageHeader(negative, "").error().kind, ErrorKind::kInvalidSpec);
  std::string empty = Qcow2();
  empty[28] = 0;
  EXPECT_EQ(ReadImageHeader(empty, "").error().kind, ErrorKind::kInvalidSpec);
}

TEST(ReadImageHeader, RefusesImagesThatReferToOtherFiles) {
  std::string backed = Qcow2();
  backed[15] = 104;
  EXPECT_FALSE(ReadImageHeader(backed, ""));
  std::string external = Qcow2();
  external[79] = 4;
  EXPECT_FALSE(ReadImageHeader(external, ""));
}

TEST(ReadImageHeader, RefusesOtherFormatsAndFalseDeclarations) {
  EXPECT_FALSE(ReadImageHeader("KDMV" + std::string(508, '\0'), ""));
  EXPECT_FALSE(ReadImageHeader("\x1f\x8b" + std::string(510, '\0'), "raw"));
  EXPECT_FALSE(ReadImageHeader("<!DOCTYPE html>", ""));
  EXPECT_FALSE(ReadImageHeader(std::string(512, '\0'), "qcow2"));
  EXPECT_FALSE(ReadImageHeader(Qcow2(), "raw"));
  EXPECT_FALSE(ReadImageHeader(Qcow2(), "vmdk"));
  EXPECT_FALSE(ReadImageHeader(Qcow2().substr(0, 40), "qcow2"));
}

}  // namespace
}  // namespace vr::libvirt
