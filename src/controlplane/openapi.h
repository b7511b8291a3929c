// OpenAPI documents: what kubectl explain and kubectl's validation read.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace vr::controlplane {

nlohmann::json OpenApiV3(const std::string& group, const std::string& version);
nlohmann::json OpenApiV2();

}  // namespace vr::controlplane
