// Kubernetes' protobuf bodies, which typed clients (kubectl create secret, for one) send for core
// kinds.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "base/result.h"

namespace vr::controlplane {

// The object in an application/vnd.kubernetes.protobuf body, as the JSON that says the same. Knows
// the core kinds that we serve and DeleteOptions; kInvalidSpec for other kinds (an object without
// its fields for reviews, whose fields do not matter here) and for damaged bodies.
Result<nlohmann::json> DecodeProtobuf(std::string_view body);

}  // namespace vr::controlplane
