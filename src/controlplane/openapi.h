// OpenAPI documents: what kubectl explain, kubectl's validation and its dry runs read.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/result.h"

namespace vr::controlplane {

nlohmann::json OpenApiV3(const std::string& group, const std::string& version);
nlohmann::json OpenApiV2();

// The v2 document as it is sent. It never changes, so it is made once, when it is first asked for.
struct OpenApiV2Texts {
  std::string json;
  std::string protobuf;
  std::string etag;  // of both
};
const Result<OpenApiV2Texts>& EncodedOpenApiV2();

}  // namespace vr::controlplane
