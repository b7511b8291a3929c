#include "controlplane/rbac_rules.h"

#include <nlohmann/json.hpp>

#include "api/json_fields.h"
#include "base/text.h"

namespace vr::controlplane {
namespace {

using api::FieldError;
using api::FieldErrorType;

bool IsRole(const Resource& resource) {
  return resource.type.group == kRbacGroup && resource.type.kind.ends_with("Role");
}
bool IsBinding(const Resource& resource) {
  return resource.type.group == kRbacGroup && resource.type.kind.ends_with("Binding");
}

FieldError Required(std::string path, std::string detail) {
  return {FieldErrorType::kRequired, std::move(path), "", std::move(detail)};
}

void CheckRole(const Resource& resource, const Json& object, std::vector<FieldError>& errors) {
  const std::vector<PolicyRule> rules = RulesOf(object);
  for (size_t i = 0; i < rules.size(); ++i) {
    const PolicyRule& rule = rules[i];
    const std::string path = "rules[" + std::to_string(i) + "].";
    if (rule.verbs.empty())
      errors.push_back(Required(path + "verbs", "verbs must contain at least one value"));
    if (!rule.non_resource_urls.empty()) {
      if (resource.type.namespaced) {
        errors.push_back({FieldErrorType::kInvalid, path + "nonResourceURLs",
                          Json(rule.non_resource_urls).dump(),
                          "namespaced rules cannot apply to non-resource URLs"});
      }
      if (!rule.api_groups.empty() || !rule.resources.empty() || !rule.resource_names.empty()) {
        errors.push_back({FieldErrorType::kInvalid, path + "nonResourceURLs",
                          Json(rule.non_resource_urls).dump(),
                          "rules cannot apply to both regular resources and non-resource URLs"});
      }
      continue;
    }
    if (rule.api_groups.empty()) {
      errors.push_back(
          Required(path + "apiGroups", "resource rules must supply at least one api group"));
    }
    if (rule.resources.empty()) {
      errors.push_back(
          Required(path + "resources", "resource rules must supply at least one resource"));
    }
  }
}

void CheckSubject(const Resource& resource, const Json& subject, const std::string& path,
                  std::vector<FieldError>& errors) {
  const std::string kind = api::Text(subject, "kind");
  if (api::Text(subject, "name").empty()) errors.push_back(Required(path + "name", ""));
  if (kind == "ServiceAccount") {
    if (!resource.type.namespaced && api::Text(subject, "namespace").empty())
      errors.push_back(Required(path + "namespace", ""));
  } else if (kind != "User" && kind != "Group") {
    errors.push_back({FieldErrorType::kNotSupported, path + "kind", Json(kind).dump(),
                      R"(supported values: "ServiceAccount", "User", "Group")"});
  }
}

void CheckBinding(const Resource& resource, const Json& old, const Json& object,
                  std::vector<FieldError>& errors) {
  const Json& ref = api::Member(object, "roleRef");
  if (!old.is_null() && api::Member(old, "roleRef") != ref) {
    errors.push_back({FieldErrorType::kInvalid, "roleRef",
                      Json{{"APIGroup", api::Text(ref, "apiGroup")},
                           {"Kind", api::Text(ref, "kind")},
                           {"Name", api::Text(ref, "name")}}
                          .dump(),
                      "cannot change roleRef"});
    return;
  }
  if (api::Text(ref, "apiGroup") != kRbacGroup) {
    errors.push_back({FieldErrorType::kNotSupported, "roleRef.apiGroup",
                      Json(api::Text(ref, "apiGroup")).dump(),
                      "supported values: " + Json(kRbacGroup).dump()});
  }
  const std::string kind = api::Text(ref, "kind");
  if (kind != "ClusterRole" && (kind != "Role" || !resource.type.namespaced)) {
    errors.push_back({FieldErrorType::kNotSupported, "roleRef.kind", Json(kind).dump(),
                      resource.type.namespaced ? R"(supported values: "Role", "ClusterRole")"
                                               : R"(supported values: "ClusterRole")"});
  }
  if (api::Text(ref, "name").empty()) errors.push_back(Required("roleRef.name", ""));
  const Json& subjects = api::Member(object, "subjects");
  for (size_t i = 0; subjects.is_array() && i < subjects.size(); ++i)
    CheckSubject(resource, subjects[i], "subjects[" + std::to_string(i) + "].", errors);
}

std::string Described(const User& user) {
  return "user \"" + user.name + "\" (groups=[" + Joined(user.groups, " ") + "])";
}

}  // namespace

void PrepareRbac(const Resource& resource, Json& object) {
  if (IsRole(resource) && !object.contains("rules")) object["rules"] = nullptr;
  if (!IsBinding(resource)) return;
  if (object.contains("roleRef") && object["roleRef"].is_object() &&
      api::Text(object["roleRef"], "apiGroup").empty()) {
    object["roleRef"]["apiGroup"] = kRbacGroup;
  }
  if (!api::Member(object, "subjects").is_array()) return;
  for (Json& subject : object["subjects"]) {
    if (!subject.is_object() || !api::Text(subject, "apiGroup").empty()) continue;
    if (api::Text(subject, "kind") != "ServiceAccount") subject["apiGroup"] = kRbacGroup;
  }
}

std::vector<FieldError> CheckRbac(const Resource& resource, const Json& old, const Json& object) {
  std::vector<FieldError> errors;
  if (IsRole(resource)) CheckRole(resource, object, errors);
  if (IsBinding(resource)) CheckBinding(resource, old, object, errors);
  return errors;
}

std::optional<Failure> CheckEscalation(const Authorizer& authorizer, const User& user,
                                       const Resource& resource, const Json& object) {
  if ((!IsRole(resource) && !IsBinding(resource)) || IsMaster(user)) return std::nullopt;
  const std::string ns = api::Text(object["metadata"], "namespace");
  const std::string name = api::Text(object["metadata"], "name");
  const Json& ref = api::Member(object, "roleRef");
  Attributes exempt{.verb = "escalate",
                    .group = kRbacGroup,
                    .resource = resource.type.plural,
                    .ns = ns,
                    .name = name};
  if (IsBinding(resource)) {
    exempt.verb = "bind";
    exempt.resource = api::Text(ref, "kind") == "ClusterRole" ? "clusterroles" : "roles";
    exempt.name = api::Text(ref, "name");
  }
  if (authorizer.Allows(user, exempt)) return std::nullopt;
  const auto granted = IsRole(resource) ? RulesOf(object) : authorizer.RulesOfRef(ref, ns);
  const auto held = authorizer.RulesFor(user, ns);
  std::string missing;
  for (const PolicyRule& rule : granted) {
    if (!Covers(held, rule)) missing += "\n" + EncodeRule(rule).dump();
  }
  if (missing.empty()) return std::nullopt;
  return Forbidden(
      resource, name,
      Described(user) + " is attempting to grant RBAC permissions not currently held:" + missing);
}

}  // namespace vr::controlplane
