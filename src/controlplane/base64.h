// Where base64 goes wrong, in the API server's terms; base/base64.h encodes and decodes.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace vr::controlplane {

// The position of the first byte that is not base64 (line breaks are fine), or nothing.
std::optional<size_t> FirstBadBase64(std::string_view text);

}  // namespace vr::controlplane
