// Objects as rows: what kubectl get shows.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/clock.h"
#include "controlplane/resource.h"

namespace vr::controlplane {

using Json = nlohmann::json;

// A meta.k8s.io/v1 Table without its list metadata. Each row carries the object's metadata.
Json MakeTable(const Resource& resource, const std::vector<Json>& objects, WallTime now,
               bool with_columns);

// The values at a column's JSONPath subset (fields, [*], [?(@.a=="b")]), joined by commas.
std::string ColumnText(const Json& object, const std::string& json_path);

}  // namespace vr::controlplane
