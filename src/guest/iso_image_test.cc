#include "guest/iso_image.h"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <map>

namespace vr::guest {
namespace {

std::map<std::string, std::string> ReadBack(const std::string& image) {
  std::map<std::string, std::string> files;
  archive* reader = archive_read_new();
  archive_read_support_format_iso9660(reader);
  EXPECT_EQ(archive_read_open_memory(reader, image.data(), image.size()), ARCHIVE_OK);
  archive_entry* entry = nullptr;
  while (archive_read_next_header(reader, &entry) == ARCHIVE_OK) {
    if (archive_entry_filetype(entry) != AE_IFREG) continue;
    std::string content(static_cast<size_t>(archive_entry_size(entry)), '\0');
    archive_read_data(reader, content.data(), content.size());
    files[archive_entry_pathname(entry)] = content;
  }
  archive_read_free(reader);
  return files;
}

TEST(MakeIsoImage, HoldsTheFilesUnderTheirFullNames) {
  const auto image = MakeIsoImage(
      "cidata", {{"user-data", "#cloud-config\n"}, {"network-config", std::string(5000, 'x')}});
  ASSERT_TRUE(image) << image.error().message;
  const auto files = ReadBack(*image);
  EXPECT_EQ(files.size(), 2u);
  EXPECT_EQ(files.at("user-data"), "#cloud-config\n");
  EXPECT_EQ(files.at("network-config"), std::string(5000, 'x'));
}

TEST(MakeIsoImage, CarriesTheLabelInBothVolumeDescriptors) {
  const auto image = MakeIsoImage("cidata", {{"meta-data", "a: b\n"}});
  ASSERT_TRUE(image);
  EXPECT_EQ(image->substr(16 * 2048 + 40, 7), "cidata ");
  EXPECT_EQ(image->substr(17 * 2048 + 40, 12), std::string("\0c\0i\0d\0a\0t\0a", 12));
  EXPECT_EQ(image->size() % 2048, 0u);
}

uint64_t Fnv1a(const std::string& bytes) {
  uint64_t hash = 14695981039346656037ULL;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash;
}

// A date of the day of the build anywhere in the image would change the sum.
TEST(MakeIsoImage, GivesTheSameBytesOnAnyDay) {
  const auto image = MakeIsoImage("cidata", {{"meta-data", "a: b\n"}});
  ASSERT_TRUE(image);
  EXPECT_EQ(Fnv1a(*image), 15868670883895082725ULL);
}

TEST(MakeIsoImage, RefusesLabelsAndNamesThatDoNotFit) {
  EXPECT_FALSE(MakeIsoImage("", {}));
  EXPECT_FALSE(MakeIsoImage("a-label-that-is-too-long", {}));
  EXPECT_FALSE(MakeIsoImage("cidata", {{"../etc/passwd", ""}}));
}

}  // namespace
}  // namespace vr::guest
