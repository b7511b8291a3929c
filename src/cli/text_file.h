// Text that a user names on the command line.
#pragma once

#include <istream>
#include <string>

#include "base/result.h"

namespace vr::cli {

// The text of the file at `path`, or of standard input for "-". kNotFound if there is none,
// kInvalidSpec for a folder, for what cannot be read, is larger than 16 MiB or is not UTF-8.
Result<std::string> ReadText(std::istream& standard_input, const std::string& path);

}  // namespace vr::cli
