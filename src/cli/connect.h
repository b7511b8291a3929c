// The connection of a command to its API server, by the kubeconfig of the settings.
#pragma once

#include "cli/env.h"

namespace vr::cli {

// For Env::connect. Admission warnings go to env.err, and requests too with --verbose; env outlives
// the connection. kUnavailable where there is no kubeconfig at all.
// The kubeconfig of the settings: one file, or a list of them as KUBECONFIG may be. Empty: none.
std::vector<std::filesystem::path> KubeconfigFiles(const Env& env);

Result<Connection> ConnectByKubeconfig(const Env& env);

}  // namespace vr::cli
