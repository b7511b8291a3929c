// Answers of the API server, from values and refusals.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "controlplane/object_writer.h"
#include "controlplane/reader.h"
#include "net/http.h"

namespace vr::controlplane {

net::HttpResponse JsonResponse(int status, const Json& body,
                               const std::vector<std::string>& warnings = {});

void Respond(net::ResponseWriter& out, const Outcome<Json>& result);

// The object that was written, in the form that the client wants.
void RespondWritten(net::ResponseWriter& out, const Resource& resource, Form form, WallTime now,
                    const Outcome<Written>& result);

}  // namespace vr::controlplane
