#include "controlplane/reviews.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/json_fields.h"
#include "controlplane/body.h"

namespace vr::controlplane {
namespace {

// The question of an access review, or nothing where it asks for nothing or for two things.
std::optional<Attributes> Asked(const Json& spec) {
  const Json& resource = api::Member(spec, "resourceAttributes");
  const Json& other = api::Member(spec, "nonResourceAttributes");
  if (resource.is_object() == other.is_object()) return std::nullopt;
  if (other.is_object())
    return Attributes{.verb = api::Text(other, "verb"), .path = api::Text(other, "path")};
  return Attributes{.verb = api::Text(resource, "verb"),
                    .group = api::Text(resource, "group"),
                    .resource = api::Text(resource, "resource"),
                    .subresource = api::Text(resource, "subresource"),
                    .ns = api::Text(resource, "namespace"),
                    .name = api::Text(resource, "name")};
}

User SubjectOf(const Json& spec) {
  User user{.name = api::Text(spec, "user"), .uid = api::Text(spec, "uid"), .groups = {}};
  const Json& groups = api::Member(spec, "groups");
  for (size_t i = 0; groups.is_array() && i < groups.size(); ++i) {
    if (groups[i].is_string()) user.groups.push_back(groups[i].get<std::string>());
  }
  return user;
}

Outcome<Json> AccessReview(const ReviewDeps& deps, const User& user, Json review) {
  const auto asked = Asked(api::Member(review, "spec"));
  if (!asked) {
    const std::string kind = api::Text(review, "kind");
    return Failure{422, "Invalid",
                   kind + ".authorization.k8s.io \"\" is invalid: spec: Invalid value: " +
                       api::Member(review, "spec").dump() +
                       ": exactly one of nonResourceAttributes or resourceAttributes must be "
                       "specified",
                   nullptr};
  }
  const Decision decision = deps.authorizer.Decide(user, *asked);
  review["status"] = {{"allowed", decision.allowed}};
  if (!decision.reason.empty()) review["status"]["reason"] = decision.reason;
  return review;
}

Outcome<Json> RulesReview(const ReviewDeps& deps, const User& user, Json review) {
  if (api::Text(api::Member(review, "spec"), "namespace").empty())
    return BadRequest("no namespace on request");
  Json resource = Json::array();
  Json other = Json::array();
  auto rules = deps.authorizer.RulesFor(user, api::Text(api::Member(review, "spec"), "namespace"));
  if (IsMaster(user)) rules.push_back({.verbs = {"*"}, .api_groups = {"*"}, .resources = {"*"}});
  for (const PolicyRule& rule : rules)
    (rule.non_resource_urls.empty() ? resource : other).push_back(EncodeRule(rule));
  review["status"] = {{"resourceRules", std::move(resource)},
                      {"nonResourceRules", std::move(other)},
                      {"incomplete", false}};
  return review;
}

Json UserInfo(const User& user) {
  Json info = {{"username", user.name}, {"groups", user.groups}};
  if (!user.uid.empty()) info["uid"] = user.uid;
  return info;
}

Outcome<Json> TokenReview(const ReviewDeps& deps, Json review) {
  const auto user = deps.tokens.Verify(api::Text(api::Member(review, "spec"), "token"));
  if (user) {
    review["status"] = {{"authenticated", true}, {"user", UserInfo(*user)}};
  } else {
    review["status"] = {{"authenticated", false}, {"error", "not a token of this server"}};
  }
  return review;
}

}  // namespace

const std::vector<ReviewKind>& AllReviews() {
  static const std::vector<ReviewKind> all = {
      {"authentication.k8s.io", "SelfSubjectReview", "selfsubjectreviews"},
      {"authentication.k8s.io", "TokenReview", "tokenreviews"},
      {"authorization.k8s.io", "LocalSubjectAccessReview", "localsubjectaccessreviews", true},
      {"authorization.k8s.io", "SelfSubjectAccessReview", "selfsubjectaccessreviews"},
      {"authorization.k8s.io", "SelfSubjectRulesReview", "selfsubjectrulesreviews"},
      {"authorization.k8s.io", "SubjectAccessReview", "subjectaccessreviews"}};
  return all;
}

std::optional<Outcome<Json>> AnswerReview(const ReviewDeps& deps,
                                          const std::vector<std::string>& path, const User& user,
                                          const net::HttpRequest& request) {
  if (path.size() < 4 || path[0] != "apis" || path[2] != "v1") return std::nullopt;
  const std::string& name = path.back();
  const bool in_namespace = path.size() == 6 && path[3] == "namespaces";
  if (path.size() != 4 && !in_namespace) return std::nullopt;
  const auto& all = AllReviews();
  const auto kind = std::find_if(all.begin(), all.end(), [&](const ReviewKind& review) {
    return path[1] == review.group && name == review.plural;
  });
  if (kind == all.end() || in_namespace != kind->namespaced) return std::nullopt;
  Outcome<Json> parsed = ParseReview(request);
  if (!parsed) return parsed;
  Json review = std::move(*parsed);
  if (name == "selfsubjectreviews") {
    review["status"]["userInfo"] = UserInfo(user);
    return Outcome<Json>(std::move(review));
  }
  if (name == "tokenreviews") return TokenReview(deps, std::move(review));
  if (name == "selfsubjectrulesreviews") return RulesReview(deps, user, std::move(review));
  const User subject =
      name == "selfsubjectaccessreviews" ? user : SubjectOf(api::Member(review, "spec"));
  const Json& asked = api::Member(api::Member(review, "spec"), "resourceAttributes");
  if (in_namespace && asked.is_object() && api::Text(asked, "namespace") != path[4]) {
    const std::string why = "Invalid value: " + Json(api::Text(asked, "namespace")).dump() +
                            ": must match metadata.namespace";
    const char* field = "spec.resourceAttributes.namespace";
    const Json details = {
        {"group", "authorization.k8s.io"},
        {"causes", {{{"reason", "FieldValueInvalid"}, {"message", why}, {"field", field}}}}};
    return Failure{422, "Invalid",
                   ".authorization.k8s.io \"\" is invalid: " + std::string(field) + ": " + why,
                   std::make_shared<const Json>(details)};
  }
  return AccessReview(deps, subject, std::move(review));
}

}  // namespace vr::controlplane
