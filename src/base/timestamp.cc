#include "base/timestamp.h"

#include <array>
#include <cstdio>

namespace vr {
namespace {

std::string Format(WallTime time, bool micros) {
  using namespace std::chrono;  // NOLINT(google-build-using-namespace): calendar arithmetic reads
                                // badly without
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss<microseconds> clock(floor<microseconds>(time) - day);
  std::array<char, 48> text{};
  const int size = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  std::string out(text.data(), static_cast<size_t>(size));
  if (micros) {
    std::snprintf(text.data(), text.size(), ".%06d", static_cast<int>(clock.subseconds().count()));
    out += text.data();
  }
  return out + "Z";
}

// Reads exactly `size` digits at `at`.
std::optional<int> Digits(std::string_view text, size_t at, size_t size) {
  if (at + size > text.size()) return std::nullopt;
  int value = 0;
  for (size_t i = at; i < at + size; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

// Reads "Z", "+hh:mm" or "-hh:mm": all of `text`.
std::optional<std::chrono::minutes> Offset(std::string_view text) {
  if (text == "Z" || text == "z") return std::chrono::minutes(0);
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  const auto hours = Digits(text, 1, 2);
  const auto minutes = Digits(text, 4, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const std::chrono::minutes offset(*hours * 60 + *minutes);
  return text[0] == '-' ? -offset : offset;
}

}  // namespace

std::string FormatTimestamp(WallTime time) { return Format(time, false); }
std::string FormatMicroTimestamp(WallTime time) { return Format(time, true); }

std::string FormatHttpDate(WallTime time) {
  using namespace std::chrono;  // NOLINT(google-build-using-namespace): calendar arithmetic reads
                                // badly without
  static constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed",
                                                    "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss<seconds> clock(floor<seconds>(time) - day);
  std::array<char, 48> text{};
  const int size = std::snprintf(
      text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
      kDays.at(weekday(day).c_encoding()), static_cast<unsigned>(date.day()),
      kMonths.at(static_cast<unsigned>(date.month()) - 1), static_cast<int>(date.year()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  return {text.data(), static_cast<size_t>(size)};
}

Result<WallTime> ParseTimestamp(std::string_view text) {
  using namespace std::chrono;  // NOLINT(google-build-using-namespace): calendar arithmetic reads
                                // badly without
  const Error bad{
      ErrorKind::kInvalidSpec,
      "'" + std::string(text) + "' is not an RFC 3339 time; write for example 2026-01-31T12:00:00Z",
      {}};
  const auto y = Digits(text, 0, 4);
  const auto mo = Digits(text, 5, 2);
  const auto d = Digits(text, 8, 2);
  const auto h = Digits(text, 11, 2);
  const auto mi = Digits(text, 14, 2);
  const auto s = Digits(text, 17, 2);
  if (!y || !mo || !d || !h || !mi || !s || text[4] != '-' || text[7] != '-' ||
      (text[10] != 'T' && text[10] != 't') || text[13] != ':' || text[16] != ':') {
    return bad;
  }
  const year_month_day date{year(*y), month(static_cast<unsigned>(*mo)),
                            day(static_cast<unsigned>(*d))};
  // A WallTime counts nanoseconds in 64 bits: it ends in the year 2262.
  if (!date.ok() || *y < 1678 || *y > 2261 || *h > 23 || *mi > 59 || *s > 60) return bad;
  size_t at = 19;
  int64_t micro = 0;
  if (at < text.size() && text[at] == '.') {
    int64_t unit = 100'000;
    size_t digits = 0;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, ++digits, unit /= 10) {
      micro += unit * (text[at] - '0');
    }
    if (digits == 0) return bad;
  }
  const auto offset = Offset(text.substr(at));
  if (!offset) return bad;
  return WallTime(sys_days(date) + hours(*h) + minutes(*mi) + seconds(*s) + microseconds(micro) -
                  *offset);
}

std::string FormatAge(Duration age) {
  const int64_t seconds = age.count() / 1'000'000'000;
  const auto text = [](int64_t value, const char* unit) { return std::to_string(value) + unit; };
  const auto pair = [&](int64_t a, const char* ua, int64_t b, const char* ub) {
    return b == 0 ? text(a, ua) : text(a, ua) + text(b, ub);
  };
  if (seconds < 0) return "0s";
  if (seconds < 120) return text(seconds, "s");
  const int64_t minutes = seconds / 60;
  if (minutes < 10) return pair(minutes, "m", seconds % 60, "s");
  if (minutes < 180) return text(minutes, "m");
  const int64_t hours = minutes / 60;
  if (hours < 8) return pair(hours, "h", minutes % 60, "m");
  if (hours < 48) return text(hours, "h");
  const int64_t days = hours / 24;
  if (days < 8) return pair(days, "d", hours % 24, "h");
  if (days < 730) return text(days, "d");
  if (days < 365 * 8) return pair(days / 365, "y", days % 365, "d");
  return text(days / 365, "y");
}

}  // namespace vr
