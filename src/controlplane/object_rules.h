// What happens to an object on its way into the store, beyond what the request says.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/clock.h"
#include "controlplane/object_writer.h"

namespace vr::controlplane {

// A UUID, version 4.
std::string NewUid();
// Five characters for metadata.generateName.
std::string NameSuffix();

// What a strict decoding objects to in a body, before anything else is looked at.
std::optional<Failure> CheckStrictBody(const WriteRequest& request, Json body);
// Of a patched object of ours: what a strict decoding objects to.
std::optional<Failure> CheckStrictPatch(const WriteRequest& request, const Json& patched);

// Takes in what a client sent as the new state of `live` (null on create). Unknown fields, in
// status too, go by the request's field validation: refused, warned about or dropped silently. Then
// what a client cannot set (uid, times, status or spec by subresource) is as in `live` or new,
// defaults are filled in, and the whole is validated. Returns the warnings; errors become a
// Failure.
Outcome<std::vector<std::string>> Admit(const WriteRequest& request, const Json& live, WallTime now,
                                        Json& object);

// Raises the generation if the desired state differs from `live`; after Admit.
void RaiseGeneration(const WriteRequest& request, const Json& live, Json& object);

}  // namespace vr::controlplane
