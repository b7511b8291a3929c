// What may stand after a flag, or as an argument.
#pragma once

#include <set>
#include <string>

#include "cli/env.h"

namespace vr::cli {

inline constexpr const char* kFilesBelongHere = ":files";

// The values of a flag by its long name ("output"); {kFilesBelongHere} for one that names a file,
// nothing for one that takes anything. Asks the API server with little patience where objects are
// meant.
std::set<std::string> ValuesOf(const Env& env, const ConfigFile& config, const std::string& flag);

// The names of virtual machines.
std::set<std::string> MachineNames(const Env& env);

}  // namespace vr::cli
