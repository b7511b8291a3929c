// Base64 of RFC 4648, with the standard alphabet and padding.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace vr {

std::string EncodeBase64(std::string_view bytes);

// White space is skipped, as in files that break their lines. kInvalidSpec otherwise; the message
// names the position and none of the text, which may be a secret.
Result<std::string> DecodeBase64(std::string_view text);

}  // namespace vr
