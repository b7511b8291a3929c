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

// One candidate a line for the last of `words`: commands, flags, or names of virtual machines
// (asked from the API server, with little patience; none if it does not answer).
void PrintCandidates(Env& env, const CLI::App& app, std::vector<std::string> words);

}  // namespace vr::cli
