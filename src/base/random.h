// Random bytes for secrets.
#pragma once

#include <cstddef>
#include <string>

namespace vr {

// `bytes` bytes of the kernel's randomness as lower-case hexadecimal digits, two for each.
std::string RandomHex(size_t bytes);

}  // namespace vr
