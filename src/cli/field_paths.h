// The fields of our kinds, as users write them.
#pragma once

#include <string>

#include "base/error.h"
#include "base/result.h"

namespace vr::cli {

// ok for a field that objects of our kind have ("spec.powerState", "status.ips[0]", anything below
// metadata); otherwise kInvalidSpec names the nearest one and those that exist there.
Status CheckFieldPath(const std::string& kind, const std::string& path);

// The same error; one about a field gets a hint where the field is described.
Error ExplainField(Error error, const std::string& kind);

}  // namespace vr::cli
