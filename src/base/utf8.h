// UTF-8 (RFC 3629).
#pragma once

#include <string_view>

namespace vr {

// Whether a text is well-formed: no cut or overlong sequences, no surrogates.
bool IsUtf8(std::string_view text);

}  // namespace vr
