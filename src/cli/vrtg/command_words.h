// A command line's words, before CLI11 sees them: for aliases, completion and errors that name a
// wrong command.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace vr::cli {

struct CommandWords {
  const CLI::App* command = nullptr;         // the deepest that is named
  std::vector<size_t> arguments;             // where words stand that are neither command nor flag
  std::map<std::string, std::string> flags;  // long name without dashes -> its last value
  const CLI::Option* waiting = nullptr;      // the last word is this flag, its value is missing
};
CommandWords ReadWords(const CLI::App& app, const std::vector<std::string>& words);

// By a flag as written, with its dashes, of the command or of those above it; nullptr if unknown.
const CLI::Option* FindFlag(const CLI::App& command, const std::string& flag);
bool TakesValue(const CLI::Option& flag);

const CLI::App* FindCommand(const CLI::App& app, const std::string& name);
std::vector<std::string> CommandNames(const CLI::App& app);

using Aliases = std::map<std::string, std::string>;

// The words with an alias in the place of the command replaced by what it stands for. kInvalidSpec
// for one that stands for nothing.
Result<std::vector<std::string>> ExpandAlias(const CLI::App& app, std::vector<std::string> words,
                                             const Aliases& aliases);

// kInvalidSpec for a word that stands where a command must and is none.
Status CheckCommandWords(const CLI::App& app, const std::vector<std::string>& words,
                         const Aliases& aliases);

}  // namespace vr::cli
