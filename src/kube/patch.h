// Patches that say only what changed.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "kube/client.h"

namespace vr::kube {

// The RFC 7386 merge patch that turns `before` into `after`; an empty object when they are equal.
Json MergePatchBetween(const Json& before, const Json& after);
// `target` with the merge patch applied.
void ApplyMergePatch(Json& target, const Json& patch);

// Writes the difference of two statuses to the status subresource, guarded by the UID and the
// resource version that were read (kStale if the object moved on: lists are replaced whole). No
// call if there is no difference. Returns the resource version after it.
Result<std::string> PatchStatus(const Context& ctx, const Client& client, const ResourceType& type,
                                const ObjectMeta& meta, const Json& before, const Json& after);

// Sets metadata.finalizers, guarded by the resource version that was read (kStale if it moved on).
Result<Json> PatchFinalizers(const Context& ctx, const Client& client, const ResourceType& type,
                             const ObjectMeta& meta, const std::vector<std::string>& finalizers);

}  // namespace vr::kube
