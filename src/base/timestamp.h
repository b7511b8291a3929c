// Timestamps: RFC 3339, and that of HTTP.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace vr {

// Whole seconds in UTC: "2026-01-31T12:00:00Z" (metav1.Time).
std::string FormatTimestamp(WallTime time);
// With microseconds: "2026-01-31T12:00:00.000000Z" (metav1.MicroTime).
std::string FormatMicroTimestamp(WallTime time);
// Whole seconds in UTC: "Sat, 31 Jan 2026 12:00:00 GMT" (IMF-fixdate of RFC 9110).
std::string FormatHttpDate(WallTime time);
// Any RFC 3339 time with "Z" or an offset; fractions are kept to a microsecond. kInvalidSpec
// otherwise.
Result<WallTime> ParseTimestamp(std::string_view text);

// "5s", "3m20s", "2h", "5d": an age as kubectl prints it.
std::string FormatAge(Duration age);

}  // namespace vr
