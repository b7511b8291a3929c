// What may stand in an Event.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "api/admission.h"
#include "controlplane/resource.h"

namespace vr::controlplane {

// Of an Event as its resource's API shows it (`old` is null on create); core v1 takes more than
// events.k8s.io v1 does. The findings name fields as they are stored.
std::vector<api::FieldError> CheckEvent(const Resource& resource, const nlohmann::json& old,
                                        const nlohmann::json& object);

}  // namespace vr::controlplane
