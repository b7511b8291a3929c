#include "base/quantity.h"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace vr {
namespace {

constexpr std::array<std::pair<std::string_view, long double>, 16> kSuffixes{
    {{"", 1.0L},
     {"n", 1e-9L},
     {"u", 1e-6L},
     {"m", 1e-3L},
     {"k", 1e3L},
     {"M", 1e6L},
     {"G", 1e9L},
     {"T", 1e12L},
     {"P", 1e15L},
     {"E", 1e18L},
     {"Ki", 1024.0L},
     {"Mi", 1048576.0L},
     {"Gi", 1073741824.0L},
     {"Ti", 1099511627776.0L},
     {"Pi", 1125899906842624.0L},
     {"Ei", 1152921504606846976.0L}}};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The length of "[+-]digits[.digits]" at the front of `text`, or 0.
size_t NumberSize(std::string_view text) {
  size_t i = 0;
  size_t digits = 0;
  if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
  for (; i < text.size() && IsDigit(text[i]); ++i) ++digits;
  if (i < text.size() && text[i] == '.') {
    for (++i; i < text.size() && IsDigit(text[i]); ++i) ++digits;
  }
  return digits == 0 ? 0 : i;
}

// The factor of a suffix or exponent, or 0.
long double Factor(std::string_view suffix) {
  for (const auto& [name, factor] : kSuffixes) {
    if (suffix == name) return factor;
  }
  if (suffix.size() < 2 || (suffix[0] != 'e' && suffix[0] != 'E')) return 0;
  suffix.remove_prefix(suffix[1] == '+' ? 2 : 1);
  int exponent = 0;
  const auto [end, error] = std::from_chars(suffix.data(), suffix.data() + suffix.size(), exponent);
  if (error != std::errc() || end != suffix.data() + suffix.size() || std::abs(exponent) > 18)
    return 0;
  return std::pow(10.0L, static_cast<long double>(exponent));
}

int64_t RoundUp(long double value) {
  const long double rounded = value < 0 ? std::floor(value) : std::ceil(value);
  if (rounded >= static_cast<long double>(INT64_MAX)) return INT64_MAX;
  if (rounded <= static_cast<long double>(INT64_MIN)) return INT64_MIN;
  return static_cast<int64_t>(rounded);
}

}  // namespace

Result<Quantity> Quantity::Parse(std::string_view text) {
  const Error bad{
      ErrorKind::kInvalidSpec,
      "'" + std::string(text) + "' is not a quantity; write for example 512Mi, 2Gi, 1500m or 4",
      {}};
  const size_t number_size = NumberSize(text);
  if (number_size == 0 || text.size() > 64) return bad;
  const long double factor = Factor(text.substr(number_size));
  if (factor == 0) return bad;
  std::string_view number = text.substr(0, number_size);
  if (number.front() == '+') number.remove_prefix(1);
  long double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc() || end != number.data() + number.size()) return bad;
  Quantity quantity;
  quantity.text_ = std::string(text);
  quantity.value_ = RoundUp(value * factor);
  return quantity;
}

Quantity Quantity::FromBytes(int64_t bytes) {
  static constexpr std::array<std::string_view, 7> kBinary{"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
  Quantity quantity;
  quantity.value_ = bytes;
  size_t suffix = 0;
  for (; bytes != 0 && bytes % 1024 == 0 && suffix + 1 < kBinary.size(); ++suffix) bytes /= 1024;
  quantity.text_ = std::to_string(bytes) + std::string(kBinary[suffix]);
  return quantity;
}

int64_t Quantity::Mebibytes() const {
  constexpr int64_t kMebi = 1024 * 1024;
  return value_ / kMebi + (value_ % kMebi > 0 ? 1 : 0);
}

}  // namespace vr
