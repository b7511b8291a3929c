#include "providers/libvirt/image_header.h"

#include <array>
#include <utility>

namespace vr::libvirt {
namespace {

uint64_t BigEndian(std::string_view bytes, size_t at, size_t count) {
  uint64_t value = 0;
  for (size_t i = 0; i < count; ++i)
    value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

Error Refuse(const std::string& why) {
  return Error{ErrorKind::kInvalidSpec, "image cannot be used: " + why, {}};
}

Result<ImageHeader> ReadQcow2(std::string_view head) {
  constexpr size_t kHeader = 80;
  constexpr uint64_t kExternalData = 1U << 2U;  // bit of the incompatible features
  if (head.size() < kHeader) return Refuse("its qcow2 header is cut off");
  const uint64_t version = BigEndian(head, 4, 4);
  if (version != 2 && version != 3) {
    return Refuse("qcow2 version " + std::to_string(version) + " is unknown");
  }
  if (BigEndian(head, 8, 8) != 0) {
    return Refuse("it has a backing file; convert it to a stand-alone image first");
  }
  if (version == 3 && (BigEndian(head, 72, 8) & kExternalData) != 0) {
    return Refuse("it keeps its data in another file");
  }
  const auto virtual_size = static_cast<int64_t>(BigEndian(head, 24, 8));
  if (virtual_size <= 0) return Refuse("its qcow2 header gives an impossible size");
  return ImageHeader{"qcow2", virtual_size};
}

}  // namespace

Result<ImageHeader> ReadImageHeader(std::string_view head, const std::string& declared) {
  static constexpr std::array<std::pair<std::string_view, const char*>, 8> kOthers = {{
      {"KDMV", "vmdk"},
      {"# Disk DescriptorFile", "vmdk"},
      {"conectix", "vhd"},
      {"vhdxfile", "vhdx"},
      {"\x1f\x8b", "gzip"},
      {"\xfd"
       "7zXZ",
       "xz"},
      {"\x28\xb5\x2f\xfd", "zstd"},
      {"<!DOCTYPE", "a web page"},
  }};
  const bool qcow2 = head.starts_with("QFI\xfb");
  if (!declared.empty() && declared != "qcow2" && declared != "raw" && declared != "img") {
    return Refuse("format " + declared + " is not supported; use qcow2 or raw");
  }
  if (declared == "qcow2" && !qcow2) return Refuse("it is declared as qcow2 but is none");
  if (qcow2) {
    if (declared == "raw") return Refuse("it is declared as raw but is qcow2");
    return ReadQcow2(head);
  }
  for (const auto& [magic, name] : kOthers) {
    if (head.starts_with(magic)) {
      return Refuse("it is " + std::string(name) + "; use qcow2 or raw, not compressed");
    }
  }
  return ImageHeader{"raw", 0};
}

}  // namespace vr::libvirt
