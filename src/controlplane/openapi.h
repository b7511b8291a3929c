// OpenAPI documents: what kubectl explain and kubectl's validation read.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace vr::controlplane {

nlohmann::json OpenApiV3(const std::string& group, const std::string& version);
nlohmann::json OpenApiV2();
// The OpenAPI v2 document in protobuf, without schemas: those who ask for this form (kubectl, as a
// last resort) want to know that there is one, and read the schemas as v3.
std::string OpenApiV2Protobuf();

}  // namespace vr::controlplane
