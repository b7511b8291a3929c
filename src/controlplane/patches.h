// JSON patch (RFC 6902) and merge patch (RFC 7386) as the API server applies them.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "controlplane/resource.h"
#include "controlplane/status.h"

namespace vr::controlplane {

enum class PatchKind { kMerge, kJson, kApply, kStrategic };

// `live` with a merge, strategic or JSON patch applied. A failure if the patch does not fit, leaves
// no object, or changes what identifies the object.
Outcome<Json> ApplyPatch(const Resource& resource, const Json& live, PatchKind kind,
                         const Json& patch);

}  // namespace vr::controlplane
