// metadata.managedFields: who set which field, and server-side apply on top of it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "base/clock.h"
#include "controlplane/status.h"

namespace vr::controlplane {

struct FieldWriter {
  std::string manager;
  std::string subresource;  // "status" or empty
  std::string api_version;
  WallTime now;
};

// After a write that is no apply: the writer owns (operation Update) what differs between the two
// objects, others lose it.
void TrackUpdate(const Resource& resource, const Json& before, Json& after,
                 const FieldWriter& writer);

// A failure if an apply patch does not say what it is, or sets managedFields.
std::optional<Failure> CheckApplyPatch(const Resource& resource, const Json& config);

// The live object (null when there is none yet) after applying `config`: its fields set, fields
// that the manager applied before and left out now removed. 409 Conflict that names the owners
// unless `force`.
Outcome<Json> ServerSideApply(const Resource& resource, const Json& live, const Json& config,
                              const FieldWriter& writer, bool force);

}  // namespace vr::controlplane
