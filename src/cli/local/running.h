// Who runs in a data folder.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/local/data_dir.h"
#include "cli/local/records.h"
#include "cli/local/run_lock.h"

namespace vr::cli {

// The record of the `vrtg up` that holds the folder; nothing if none does, or before it has written
// its record.
std::optional<UpRecord> RunningUp(const DataDir& dir);

// The folder's lock. kConflict says who has it, and how to stop it.
Result<std::unique_ptr<RunLock>> LockDataDir(const Env& env, const Context& ctx,
                                             const DataDir& dir);

// "'vrtg down --data-dir DIR'", without the flag where the folder is the default one.
std::string CommandFor(const Env& env, const DataDir& dir, const std::string& command);

}  // namespace vr::cli
