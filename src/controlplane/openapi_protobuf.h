// OpenAPI v2 documents in protobuf, which is the form that kubectl reads them in.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/result.h"

namespace vr::controlplane {

// kInternal, naming the member, if the document says what proto/openapi/v2/openapi.proto cannot.
Result<std::string> EncodeOpenApiV2(const nlohmann::json& document);

}  // namespace vr::controlplane
