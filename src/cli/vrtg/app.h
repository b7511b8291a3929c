// vrtg's command line.
#pragma once

#include <string>
#include <vector>

#include "cli/env.h"

namespace vr::cli {

// Runs one command line (without the program's name) and returns its exit code. Errors go to
// env.err with the remedy.
int RunVrtg(Env& env, std::vector<std::string> args);

}  // namespace vr::cli
