#include "controlplane/base64.h"

#include <cstdint>

namespace vr::controlplane {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string EncodeBase64(std::string_view bytes) {
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t bits = 0;
    for (size_t j = 0; j < 3; ++j)
      bits = (bits << 8U) | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    for (size_t j = 0; j < 4; ++j)
      out += i + j <= bytes.size() ? kAlphabet[(bits >> (18 - 6 * j)) & 63U] : '=';
  }
  return out;
}

std::optional<size_t> FirstBadBase64(std::string_view text) {
  size_t digits = 0;
  size_t padding = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n' || c == '\r') continue;
    if (c == '=') {
      // Padding fills a group of four from its third digit on.
      if ((digits + padding) % 4 < 2 || padding == 2) return i;
      ++padding;
    } else if (padding > 0 || kAlphabet.find(c) == std::string_view::npos) {
      return i;
    } else {
      ++digits;
    }
  }
  if ((digits + padding) % 4 != 0) return text.size();
  return std::nullopt;
}

}  // namespace vr::controlplane
