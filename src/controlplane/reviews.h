// Reviews: questions that clients ask about themselves.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace vr::controlplane {

// SelfSubjectReview and SelfSubjectAccessReview. Whoever is authenticated may do everything: there
// are no roles yet.
std::optional<nlohmann::json> AnswerReview(const std::vector<std::string>& path,
                                           const std::string& user, const std::string& body);

}  // namespace vr::controlplane
