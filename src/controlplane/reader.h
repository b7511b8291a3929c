// Get, list and watch.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/context.h"
#include "controlplane/media.h"
#include "controlplane/request.h"
#include "controlplane/status.h"
#include "controlplane/storage.h"
#include "net/http.h"

namespace vr::controlplane {

struct ReadDeps {
  const Storage& storage;
  const Clock& clock;
};

// What is left of an object where only its metadata is wanted.
Json MetadataOf(const Json& object);

Outcome<Json> GetObject(const ReadDeps& deps, const ResourceRequest& request, const Query& query,
                        Form form);

// The JSON text of a list. limit and continue page through it as it was at the first page's
// version.
Outcome<std::string> ListBody(const ReadDeps& deps, const ResourceRequest& request,
                              const Query& query, Form form);

// Streams events until the client leaves, timeoutSeconds pass, or history is lost.
void WatchObjects(const Context& ctx, const ReadDeps& deps, const ResourceRequest& request,
                  const Query& query, Form form, net::ResponseWriter& out);

}  // namespace vr::controlplane
