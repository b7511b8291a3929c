// ResourceQuota: how many objects of a kind a namespace may hold ("count/secrets",
// "count/virtualmachines.infra.virtrigaud.io").
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "api/admission.h"
#include "controlplane/object_writer.h"

namespace vr::controlplane {

// A refusal where one more object of the resource would exceed a quota of the namespace.
std::optional<Failure> CheckQuota(const Storage& storage, const Resource& resource,
                                  const Json& object);

// What is wrong with a ResourceQuota: a limit that is no whole number, or that nothing here
// enforces. Nothing for other kinds.
std::vector<api::FieldError> CheckQuotaObject(const Resource& resource, const Json& object);

// Brings status.hard and status.used of all quotas up to date; writes only what changed.
void UpdateQuotaStatus(const Storage& storage, ObjectWriter& writer);

}  // namespace vr::controlplane
