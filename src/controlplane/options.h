// The parameters of a request, checked: what is misspelt is refused, never ignored.
#pragma once

#include <optional>
#include <string>

#include "controlplane/request.h"
#include "controlplane/status.h"

namespace vr::controlplane {

// For create, update and patch; `kind` is "CreateOptions", "UpdateOptions" or "PatchOptions".
std::optional<Failure> CheckWriteOptions(const Query& query, const std::string& kind,
                                         bool is_apply);

// For deletions: the parameters, and DeleteOptions in the body (null if there is none).
std::optional<Failure> CheckDeleteOptions(const Query& query, const Json& body);

// For get.
std::optional<Failure> CheckGetOptions(const Query& query);

// For list and watch.
std::optional<Failure> CheckListOptions(const Query& query, bool is_watch);

}  // namespace vr::controlplane
