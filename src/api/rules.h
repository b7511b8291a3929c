// Rules that span fields, or an update.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "api/admission.h"

namespace vr::api {

// `canonical` has no aliases left and the types of the schema. Adds errors and warnings to
// `result`.
void CheckRules(const KindInfo& kind, const Json* old_object, const Json& canonical,
                AdmissionResult& result);

}  // namespace vr::api
