// Durations as users write them: Go's form ("1h30m", "500ms"), plus d and w.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace vr {

// Units ns us µs ms s m h d w, decimals and a leading sign are allowed, "0" needs no unit.
// kInvalidSpec otherwise, and for what does not fit into 64-bit nanoseconds.
Result<Duration> ParseDuration(std::string_view text);

// Go's canonical form: "0s", "1.5s", "1h30m0s".
std::string FormatDuration(Duration duration);

}  // namespace vr
