// The paths of OpenAPI documents: what may be asked of a resource. kubectl reads from the
// parameters of a kind's patch whether the server makes dry runs of it and validates its fields.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "controlplane/openapi_schemas.h"
#include "controlplane/resource.h"

namespace vr::controlplane {

nlohmann::json Paths(OpenApiVersion version, const Resource& resource);

// The parameters that the paths of a v2 document refer to.
nlohmann::json SharedParameters();

}  // namespace vr::controlplane
