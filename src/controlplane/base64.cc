#include "controlplane/base64.h"

namespace vr::controlplane {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

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
