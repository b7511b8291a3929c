// Kubernetes' protobuf bodies, which typed clients (kubectl create secret, for one) send for core
// kinds.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "base/result.h"

namespace vr::controlplane {

// The object in an application/vnd.kubernetes.protobuf body, as the JSON that says the same. Knows
// the kinds of protobuf_messages.h; kInvalidSpec for others and for damaged bodies.
Result<nlohmann::json> DecodeProtobuf(std::string_view body);

}  // namespace vr::controlplane
