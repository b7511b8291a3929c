// What happens to an object on its way into the store, beyond what the request says.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/clock.h"
#include "controlplane/object_writer.h"

namespace vr::controlplane {

// A UUID, version 4.
// What a strict decoding objects to in a body, before anything else is looked at.
std::optional<Failure> CheckStrictBody(const WriteRequest& request, Json body);
// Of a patched object of ours: what a strict decoding objects to.
std::optional<Failure> CheckStrictPatch(const Resource& resource, const Json& patched);

std::string NewUid();
// Five characters for metadata.generateName.
std::string NameSuffix();

// Unknown fields by the request's field validation: refused, warned about or dropped silently;
// defaults filled in; then validated against `old` (null on create). Errors become a Failure.
Outcome<std::vector<std::string>> Admit(const WriteRequest& request, const Json& old, Json& object);

// Copies what a client cannot change (uid, creationTimestamp, deletion marks, status or spec by
// subresource) from `live`.
void KeepServerFields(const WriteRequest& request, const Json& live, Json& object);

// Raises the generation if the desired state differs from `live`; after Admit.
void RaiseGeneration(const WriteRequest& request, const Json& live, Json& object);

// Server fields of a new object.
void StampNew(const WriteRequest& request, WallTime now, Json& object);

}  // namespace vr::controlplane
