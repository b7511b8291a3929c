#pragma once

#include <string_view>

namespace vr {

// The version of this build: "0.1.0".
std::string_view ProjectVersion();

}  // namespace vr
