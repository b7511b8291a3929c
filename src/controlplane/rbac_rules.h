// What is particular to roles and their bindings.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "api/admission.h"
#include "controlplane/authorizer.h"
#include "controlplane/resource.h"
#include "controlplane/status.h"

namespace vr::controlplane {

inline constexpr const char* kRbacGroup = "rbac.authorization.k8s.io";

// All of these do nothing for other kinds.

// Fills in the API groups that the API server fills in.
void PrepareRbac(const Resource& resource, Json& object);

// Values that are not allowed, and changes that are not (`old` is null on create).
std::vector<api::FieldError> CheckRbac(const Resource& resource, const Json& old,
                                       const Json& object);

// Nobody gives away what he does not have: a refusal where the object would grant more than its
// writer may do, and he has neither the verb "escalate" (roles) nor "bind" (bindings).
std::optional<Failure> CheckEscalation(const Authorizer& authorizer, const User& user,
                                       const Resource& resource, const Json& object);

}  // namespace vr::controlplane
