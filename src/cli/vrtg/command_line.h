// The commands as CLI11 sees them. Parsing only picks an action; app.cc runs it once the settings
// are known.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "cli/env.h"

namespace vr::cli {

struct CommandLine {
  explicit CommandLine(Env& environment);

  Env& env;
  CLI::App app;
  std::function<Status()> action = [] { return Status(); };
};

// All commands of vrtg.
void AddCommands(CommandLine& line);

void AddManifestCommands(CommandLine& line);  // apply, delete
void AddVmCommands(CommandLine& line);        // vm ...
void AddLocalCommands(CommandLine& line);     // up, down, status
void AddOtherCommands(CommandLine& line);     // version, completion

}  // namespace vr::cli
