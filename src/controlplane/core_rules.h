// What is particular to the core kinds (Secret, ConfigMap, Namespace, Event, Lease).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "controlplane/resource.h"
#include "controlplane/status.h"

namespace vr::controlplane {

// All of these do nothing for our own kinds.

// A failure if a field has the wrong JSON type, or a Secret's data is not base64.
std::optional<Failure> CheckCoreTypes(const Resource& resource, const Json& object);

// Folds stringData into data; fills in what the API server fills in.
void PrepareCore(const Resource& resource, Json& object);

// Removes fields that the kind does not have; returns their names.
std::vector<std::string> PruneCore(const Resource& resource, Json& object);

// Values that are not allowed, and changes that are not (`old` is null on create).
std::vector<api::FieldError> CheckCore(const Resource& resource, const Json& old,
                                       const Json& object);

}  // namespace vr::controlplane
