// The commands as CLI11 sees them. Parsing only picks an action; app.cc runs it once the settings
// are known.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "cli/env.h"

namespace vr::cli {

struct CommandLine {
  explicit CommandLine(Env& environment);

  Env& env;
  CLI::App app;
  // What the command line gets wrong, once the settings are known: an error here is one of usage.
  std::function<Status()> check = [] { return Status(); };
  std::function<Status()> action = [] { return Status(); };
};

// All commands of vrtg.
void AddCommands(CommandLine& line);

void AddManifestCommands(CommandLine& line);  // apply, delete
void AddVmCommands(CommandLine& line);        // vm ...
void AddLocalCommands(CommandLine& line);     // up, down, status
void AddOtherCommands(CommandLine& line);     // version, completion, help

// For the files that describe commands.

// A command with its examples.
CLI::App* AddCommand(CLI::App& parent, const char* name, const char* description,
                     const std::string& examples);

// --wait and --no-wait, as two flags: CLI11 shows a flag with its opposite as "--no-wait{false}".
void AddWait(CLI::App* command, bool& wait, const char* description);

// `check` looks at the options and the settings, `run` acts.
template <class Options, class Check, class Run>
void OnRun(CommandLine& line, CLI::App* command, std::shared_ptr<Options> options, Check check,
           Run run) {
  command->callback([&line, options, check, run] {
    line.check = [&line, options, check] { return check(line.env, *options); };
    line.action = [&line, options, run] { return run(line.env, *options); };
  });
}

template <class Options, class Run>
void OnRun(CommandLine& line, CLI::App* command, std::shared_ptr<Options> options, Run run) {
  OnRun(
      line, command, options, [](const Env&, const Options&) { return Status(); }, run);
}

}  // namespace vr::cli
