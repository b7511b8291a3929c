// Request bodies and what surrounds them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "controlplane/object_writer.h"
#include "controlplane/request.h"
#include "net/http.h"

namespace vr::controlplane {

// The body as JSON; null for an empty one. 400 for anything else, 415 for protobuf.
Outcome<Json> ParseBody(const net::HttpRequest& request);

std::optional<PatchKind> PatchKindOf(const std::string& content_type);

// The field manager: the parameter, or the first word of the user agent.
std::string FieldManager(const Query& query, const std::string& user_agent);

// A failure if apiVersion, kind, name or namespace of the body contradict the URL. Fills in what is
// missing.
std::optional<Failure> CheckIdentity(const Resource& resource, const kube::Key& key, Json& body);

// Conveniences of core kinds: stringData of Secrets.
void PrepareCore(const Resource& resource, Json& body);

// The value of a Warning header.
std::string WarningHeader(const std::string& text);

}  // namespace vr::controlplane
