// The configuration of a server-side apply against its kind's schema.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "api/field_tree.h"

namespace vr::controlplane {

// What the schema does not know or wants of another type, by path:
// ".spec.tags: expected list, got &{word}". Metadata is left out.
std::vector<std::string> ConfigProblems(const api::Field& root, const nlohmann::json& config);

}  // namespace vr::controlplane
