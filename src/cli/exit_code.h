// The exit codes of our tools (docs/reference/cli.md), and what to do about each kind of error.
#pragma once

#include <string_view>

#include "base/error.h"

namespace vr::cli {

inline constexpr int kExitUsage = 2;
inline constexpr int kExitBrokenPipe = 141;  // as a shell shows the end by SIGPIPE

// One code for each kind; 0 is success and 2 is a wrong command line.
int ExitCode(ErrorKind kind);

// One line for a person: what to try next. Empty where the message itself says it all.
std::string_view Remedy(ErrorKind kind);

}  // namespace vr::cli
