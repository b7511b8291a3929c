// ObjectMeta and Condition from and to JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "kube/object.h"

namespace vr::kube {

// Lenient on what is missing; kInvalidSpec names the path of a value of the wrong type.
// managedFields are dropped.
Result<ObjectMeta> DecodeMeta(const nlohmann::json& object);
// The value of "metadata"; empty fields are left out.
nlohmann::json EncodeMeta(const ObjectMeta& meta);

Result<std::vector<Condition>> DecodeConditions(const nlohmann::json& list,
                                                const std::string& path);
nlohmann::json EncodeConditions(const std::vector<Condition>& conditions);

// metadata.namespace and metadata.name, "" where missing.
Key KeyOf(const nlohmann::json& object);
// metadata.resourceVersion, "" where missing.
std::string ResourceVersionOf(const nlohmann::json& object);

}  // namespace vr::kube
