// Objects as rows: what kubectl get shows.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/clock.h"
#include "controlplane/resource.h"

namespace vr::controlplane {

using Json = nlohmann::json;

// What each row carries of its object.
enum class RowObject { kMetadata, kWhole, kNothing };

// A meta.k8s.io/v1 Table without its list metadata.
Json MakeTable(const Resource& resource, const std::vector<Json>& objects, WallTime now,
               bool with_columns, RowObject row_object = RowObject::kMetadata);

// A bookmark, which has metadata alone, among the tables of a watch.
Json BookmarkTable(const Resource& resource, const Json& bookmark);

// The first value at a column's JSONPath subset (fields, [*], [?(@.a=="b")]).
std::string ColumnText(const Json& object, const std::string& json_path);

}  // namespace vr::controlplane
