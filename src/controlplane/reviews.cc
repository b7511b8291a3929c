#include "controlplane/reviews.h"

#include <nlohmann/json.hpp>

namespace vr::controlplane {

std::optional<nlohmann::json> AnswerReview(const std::vector<std::string>& path,
                                           const std::string& user, const std::string& body) {
  using Json = nlohmann::json;
  if (path.size() != 4 || path[0] != "apis" || path[2] != "v1") return std::nullopt;
  Json review = Json::parse(body, nullptr, false);
  if (!review.is_object()) review = Json::object();
  if (path[1] == "authorization.k8s.io" && path[3] == "selfsubjectaccessreviews") {
    review["status"] = {{"allowed", true}};
    return review;
  }
  if (path[1] == "authentication.k8s.io" && path[3] == "selfsubjectreviews") {
    review["status"]["userInfo"] = {{"username", user},
                                    {"groups", {"system:masters", "system:authenticated"}}};
    return review;
  }
  return std::nullopt;
}

}  // namespace vr::controlplane
