// The two APIs of Events. They are stored as core v1 has them; events.k8s.io v1 shows the same
// objects with other names for some of their fields.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "controlplane/resource.h"
#include "controlplane/storage.h"

namespace vr::controlplane {

// `object` as this resource's API shows it, and back to how it is stored. Both leave objects of
// other resources as they are. metadata.managedFields is left alone: each entry says in which
// version its fields are named.
nlohmann::json ToServed(const Resource& resource, nlohmann::json object);
nlohmann::json ToStored(const Resource& resource, nlohmann::json object);

// A stored object as this resource's API shows it; null for none.
nlohmann::json ReadStored(const Resource& resource, const StoredPtr& stored);

// Adds what an Event has in any case, to one as it is stored.
void CompleteEvent(nlohmann::json& event);

}  // namespace vr::controlplane
