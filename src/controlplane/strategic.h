// Strategic merge patches, which core kinds take: merge patches that know which lists are sets.
#pragma once

#include "controlplane/status.h"

namespace vr::controlplane {

// `object`, of a core kind, with the patch applied: $patch, $retainKeys, $deleteFromPrimitiveList
// and $setElementOrder are understood; finalizers, owners and references to secrets merge item by
// item, and other lists are replaced. 400 or 500 in the API server's words for what cannot be
// merged.
Outcome<Json> ApplyStrategicPatch(const Json& object, const Json& patch);

}  // namespace vr::controlplane
