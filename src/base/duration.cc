#include "base/duration.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

namespace vr {
namespace {

__extension__ using Wide = __int128;  // sums that may not fit into 64 bits

constexpr int64_t kSecond = 1'000'000'000;
constexpr std::array<std::pair<std::string_view, int64_t>, 10> kUnits{
    {{"ns", 1},
     {"us", 1'000},
     {"µs", 1'000},
     {"μs", 1'000},
     {"ms", 1'000'000},
     {"s", kSecond},
     {"m", 60 * kSecond},
     {"h", 3600 * kSecond},
     {"d", 24 * 3600 * kSecond},
     {"w", 7 * 24 * 3600 * kSecond}}};

Error Bad(std::string_view text) {
  return Error{ErrorKind::kInvalidSpec,
               "'" + std::string(text) +
                   "' is not a duration; write a number and a unit, for example 30s, 5m, 2h or 7d",
               {}};
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Reads "<digits>[.<digits>]<unit>" off the front of `rest`; nothing if it does not fit.
std::optional<Wide> TakeTerm(std::string_view& rest) {
  size_t end = 0;
  Wide whole = 0;
  while (end < rest.size() && IsDigit(rest[end])) {
    whole = whole * 10 + (rest[end++] - '0');
    if (whole > INT64_MAX) return std::nullopt;
  }
  size_t digits = end;
  Wide fraction = 0;
  Wide scale = 1;
  if (end < rest.size() && rest[end] == '.') {
    for (++end; end < rest.size() && IsDigit(rest[end]); ++end, ++digits) {
      if (scale >= 1'000'000'000'000'000) continue;  // finer than a nanosecond of a week
      fraction = fraction * 10 + (rest[end] - '0');
      scale *= 10;
    }
  }
  if (digits == 0) return std::nullopt;
  rest.remove_prefix(end);
  size_t unit_size = 0;
  while (unit_size < rest.size() && !IsDigit(rest[unit_size]) && rest[unit_size] != '.')
    ++unit_size;
  for (const auto& [name, nanoseconds] : kUnits) {
    if (rest.substr(0, unit_size) != name) continue;
    rest.remove_prefix(unit_size);
    return whole * nanoseconds + fraction * nanoseconds / scale;
  }
  return std::nullopt;
}

void AppendSeconds(std::string& out, int64_t nanoseconds) {
  out += std::to_string(nanoseconds / kSecond);
  if (int64_t fraction = nanoseconds % kSecond; fraction != 0) {
    std::string digits = std::to_string(fraction + kSecond).substr(1);
    digits.erase(digits.find_last_not_of('0') + 1);
    out += "." + digits;
  }
  out += "s";
}

}  // namespace

Result<Duration> ParseDuration(std::string_view text) {
  std::string_view rest = text;
  const bool negative = !rest.empty() && rest.front() == '-';
  if (!rest.empty() && (rest.front() == '-' || rest.front() == '+')) rest.remove_prefix(1);
  if (rest == "0") return Duration::zero();
  if (rest.empty()) return Bad(text);
  Wide total = 0;
  while (!rest.empty()) {
    const auto term = TakeTerm(rest);
    if (!term) return Bad(text);
    total += *term;
    if (total > INT64_MAX) return Bad(text);
  }
  return Duration(static_cast<int64_t>(negative ? -total : total));
}

std::string FormatDuration(Duration duration) {
  int64_t left = duration.count();
  if (left == 0) return "0s";
  std::string out = left < 0 ? "-" : "";
  uint64_t magnitude = left < 0 ? 0 - static_cast<uint64_t>(left) : static_cast<uint64_t>(left);
  if (magnitude < static_cast<uint64_t>(kSecond)) {
    const auto [unit, size] = magnitude < 1'000 ? std::pair<std::string_view, uint64_t>{"ns", 1}
                              : magnitude < 1'000'000
                                  ? std::pair<std::string_view, uint64_t>{"µs", 1'000}
                                  : std::pair<std::string_view, uint64_t>{"ms", 1'000'000};
    out += std::to_string(magnitude / size);
    if (const uint64_t fraction = magnitude % size; fraction != 0) {
      std::string digits = std::to_string(fraction + size).substr(1);
      digits.erase(digits.find_last_not_of('0') + 1);
      out += "." + digits;
    }
    return out + std::string(unit);
  }
  const uint64_t hour = static_cast<uint64_t>(kSecond) * 3600;
  const uint64_t minute = static_cast<uint64_t>(kSecond) * 60;
  if (magnitude >= hour) out += std::to_string(magnitude / hour) + "h";
  if (magnitude >= minute) out += std::to_string(magnitude % hour / minute) + "m";
  AppendSeconds(out, static_cast<int64_t>(magnitude % minute));
  return out;
}

}  // namespace vr
