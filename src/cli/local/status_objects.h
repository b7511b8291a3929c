// The part of `vrtg status` that the API server knows.
#pragma once

#include "cli/local/status_report.h"

namespace vr::cli {

// /readyz, and the objects: filled in even where /readyz fails, because reading may still work. An
// error if the API server does not answer.
Status GatherObjects(const Context& ctx, const kube::Client& client, StatusReport& report);

}  // namespace vr::cli
