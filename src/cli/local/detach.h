// `vrtg up --detach`: the same command in the background.
#pragma once

#include "cli/local/data_dir.h"
#include "cli/vrtg/commands.h"

namespace vr::cli {

// Starts this program again in a session of its own, with its output in logs/up.log, and returns
// once it is ready. If that fails, the background process is gone, too, and the error ends with the
// tail of the log.
Status Detach(Env& env, const UpOptions& options, const DataDir& dir);

}  // namespace vr::cli
