// Health checks: open to everybody, and the same three as everywhere in Kubernetes.
#pragma once

#include <optional>
#include <string>

#include "net/http.h"

namespace vr::controlplane {

// The answer to /healthz, /livez and /readyz, with ?verbose by part, or to one part such as
// /livez/ping. Nothing for any other path.
std::optional<net::HttpResponse> AnswerHealth(const std::string& url);

}  // namespace vr::controlplane
