// Fields that users may set and that nothing acts on yet, so that a condition can name them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace vr::api {

// Paths of what is set in a spec whose aliases were moved and whose defaults were filled in: a
// value that is the default is no wish.
std::vector<std::string> VmFieldsWithoutEffect(const nlohmann::json& spec);
std::vector<std::string> ImageFieldsWithoutEffect(const nlohmann::json& spec);
// Of a provider that is a process of the manager's machine or runs elsewhere, not in a pod.
std::vector<std::string> ProviderFieldsWithoutEffect(const nlohmann::json& spec);

}  // namespace vr::api
