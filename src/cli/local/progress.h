// What `vrtg up` says once everything runs.
#pragma once

#include "cli/local/data_dir.h"

namespace vr::cli {

void SayWhatNext(const Env& env, const DataDir& dir);

}  // namespace vr::cli
