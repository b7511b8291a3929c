// Which groups, versions and resources there are, and their OpenAPI documents.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "net/http.h"

namespace vr::controlplane {

using Json = nlohmann::json;

// The document at a discovery path (/api, /apis, /api/v1, /apis/G, /apis/G/V, /version,
// /openapi/v3...), or nothing. `accept` chooses aggregated discovery.
std::optional<Json> DiscoveryDocument(const std::vector<std::string>& path,
                                      const std::string& accept);

// The answer to a GET at such a path, with the right content type, or nothing.
std::optional<net::HttpResponse> AnswerDiscovery(const std::vector<std::string>& path,
                                                 const net::HttpRequest& request);

}  // namespace vr::controlplane
