// The connection of a command to its API server, by the kubeconfig of the settings.
#pragma once

#include "cli/env.h"

namespace vr::cli {

// For Env::connect. Admission warnings go to env.err, and requests too with --verbose; env outlives
// the connection. kUnavailable where there is no kubeconfig at all.
Result<Connection> ConnectByKubeconfig(const Env& env);

}  // namespace vr::cli
