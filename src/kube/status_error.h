// The API server's Status objects as our errors.
#pragma once

#include <string>

#include "base/result.h"
#include "net/http.h"

namespace vr::kube {

// The error of a response of 400 and above; `what` says what was tried, for example "get
// virtualmachines default/web".
Error ErrorFromResponse(const std::string& what, const net::HttpResponse& response);

// The same for a Status object that arrived inside a watch (its JSON text).
Error ErrorFromStatusText(const std::string& what, const std::string& status_json);

}  // namespace vr::kube
