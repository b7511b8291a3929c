#include "base/utf8.h"

#include <cstdint>

namespace vr {
namespace {

struct Lead {
  size_t more;        // continuation bytes
  uint32_t bits;      // of the code point in the first byte
  uint32_t smallest;  // what needs so many bytes
};

// Nothing (more == 0) for a byte that starts no sequence.
Lead LeadOf(unsigned char byte) {
  if ((byte & 0xE0U) == 0xC0) return {1, byte & 0x1FU, 0x80};
  if ((byte & 0xF0U) == 0xE0) return {2, byte & 0x0FU, 0x800};
  if ((byte & 0xF8U) == 0xF0) return {3, byte & 0x07U, 0x10000};
  return {0, 0, 0};
}

}  // namespace

bool IsUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) continue;
    const Lead lead = LeadOf(byte);
    if (lead.more == 0 || text.size() - i <= lead.more) return false;
    uint32_t code = lead.bits;
    for (size_t j = 0; j < lead.more; ++j) {
      const auto next = static_cast<unsigned char>(text[++i]);
      if ((next & 0xC0U) != 0x80) return false;
      code = (code << 6U) | (next & 0x3FU);
    }
    constexpr uint32_t kLast = 0x10FFFF;
    if (code < lead.smallest || code > kLast || (code >= 0xD800 && code <= 0xDFFF)) return false;
  }
  return true;
}

}  // namespace vr
