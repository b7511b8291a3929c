// Shell completion: small scripts that ask `vrtg __complete` for the candidates.
#pragma once

#include <string>
#include <vector>

#include "cli/env.h"

namespace CLI {
class App;
}

namespace vr::cli {

// bash, zsh, fish or powershell; kInvalidSpec otherwise.
Status PrintCompletionScript(Env& env, const std::string& shell);

// The flags among the words of a command line that is being typed that say whom to ask.
GlobalFlags FlagsOf(const CLI::App& app, const std::vector<std::string>& words);

// One candidate a line for the last of `words`: commands, aliases, flags, values of flags, or names
// of objects (asked from the API server, with little patience; none if it does not answer). The
// line ":files" alone where a file belongs.
void PrintCandidates(Env& env, const CLI::App& app, const ConfigFile& config,
                     std::vector<std::string> words);

}  // namespace vr::cli
