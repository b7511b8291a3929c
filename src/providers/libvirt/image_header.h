// What the first bytes of a disk image say about it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vr::libvirt {

inline constexpr size_t kImageHeaderBytes = 512;

struct ImageHeader {
  std::string format;        // "qcow2" or "raw"
  int64_t virtual_size = 0;  // 0 for raw: as large as the file
};

// kInvalidSpec for what must not be used: an image that refers to other files (they would be files
// of the host), a format that is neither qcow2 nor raw, or not the one that was declared
// (`declared` may be empty).
Result<ImageHeader> ReadImageHeader(std::string_view head, const std::string& declared);

}  // namespace vr::libvirt
