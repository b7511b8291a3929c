#include "base/random.h"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>

namespace vr {

std::string RandomHex(size_t bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string raw(bytes, '\0');
  for (size_t done = 0; done < bytes;) {
    const ssize_t got = ::getrandom(raw.data() + done, bytes - done, 0);
    if (got < 0 && errno == EINTR) continue;
    // The system call cannot fail otherwise; without randomness there is nothing safe to do.
    if (got < 0) std::abort();
    done += static_cast<size_t>(got);
  }
  std::string hex;
  for (const char c : raw) {
    hex += kDigits[static_cast<unsigned char>(c) >> 4U];
    hex += kDigits[static_cast<unsigned char>(c) & 15U];
  }
  return hex;
}

}  // namespace vr
