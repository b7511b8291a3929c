// A small ISO 9660 image from files in memory.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace vr::guest {

struct IsoFile {
  std::string name;  // in the image's root folder
  std::string content;
};

// An image with Joliet and Rock Ridge names. The same input gives the same bytes: every date in it
// is zero. kInvalidSpec for a volume label or file name that ISO 9660 cannot hold.
Result<std::string> MakeIsoImage(const std::string& volume_label,
                                 const std::vector<IsoFile>& files);

}  // namespace vr::guest
