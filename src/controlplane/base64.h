// Base64 as Secrets carry their data: the standard alphabet, padded.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace vr::controlplane {

std::string EncodeBase64(std::string_view bytes);

// The position of the first byte that is not base64 (line breaks are fine), or nothing.
std::optional<size_t> FirstBadBase64(std::string_view text);

}  // namespace vr::controlplane
