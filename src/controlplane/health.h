// Health checks: open to everybody, and the same three as everywhere in Kubernetes.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "net/http.h"

namespace vr::controlplane {

using StorageCheck = std::function<Status()>;

// The answer to /healthz, /livez and /readyz, with ?verbose by part, or to one part such as
// /livez/ping. Nothing for any other path. `storage` is asked for the checks that need it.
std::optional<net::HttpResponse> AnswerHealth(const std::string& url, const StorageCheck& storage);

}  // namespace vr::controlplane
