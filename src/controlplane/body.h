// Request bodies and what surrounds them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "controlplane/object_writer.h"
#include "controlplane/request.h"
#include "net/http.h"

namespace vr::controlplane {

// The object in a create's or update's body. 400 in the API server's words for anything else, 415
// for an unknown content type.
Outcome<Json> ParseObject(const Resource& resource, const net::HttpRequest& request);
// What the body of such an object says twice, as findings for a strict decoding.
std::vector<std::string> DuplicatesIn(const net::HttpRequest& request);
// A patch; an apply patch may be YAML.
Outcome<Json> ParsePatch(const net::HttpRequest& request, PatchKind kind);
bool IsProtobuf(const std::string& content_type);

// A question to the server that is not stored (a review, a TokenRequest).
Outcome<Json> ParseReview(const net::HttpRequest& request);
// DeleteOptions; null for an empty body.
Outcome<Json> ParseDeleteOptions(const net::HttpRequest& request);

// 415 for a content type that is no patch, or none that the resource takes.
Outcome<PatchKind> PatchKindOf(const Resource& resource, const std::string& content_type);

// The field manager: the parameter, or the first word of the user agent.
std::string FieldManager(const Query& query, const std::string& user_agent);

// A failure if apiVersion, kind, name or namespace of the body contradict the URL. Fills in what is
// missing.
std::optional<Failure> CheckIdentity(const Resource& resource, const kube::Key& key, Json& body);

}  // namespace vr::controlplane
