#include "controlplane/rbac_rules.h"

#include <nlohmann/json.hpp>

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

const Json& At(const Json& object, const char* name) {
  static const Json none;
  return object.is_object() && object.contains(name) ? object[name] : none;
}

std::string TextAt(const Json& object, const char* name) {
  const Json& value = At(object, name);
  return value.is_string() ? value.get<std::string>() : "";
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
  const std::string kind = TextAt(subject, "kind");
  if (TextAt(subject, "name").empty()) errors.push_back(Required(path + "name", ""));
  if (kind == "ServiceAccount") {
    if (!resource.type.namespaced && TextAt(subject, "namespace").empty())
      errors.push_back(Required(path + "namespace", ""));
  } else if (kind != "User" && kind != "Group") {
    errors.push_back({FieldErrorType::kNotSupported, path + "kind", Json(kind).dump(),
                      R"(supported values: "ServiceAccount", "User", "Group")"});
  }
}

void CheckBinding(const Resource& resource, const Json& old, const Json& object,
                  std::vector<FieldError>& errors) {
  const Json& ref = At(object, "roleRef");
  if (!old.is_null() && At(old, "roleRef") != ref) {
    errors.push_back({FieldErrorType::kInvalid, "roleRef",
                      Json{{"APIGroup", TextAt(ref, "apiGroup")},
                           {"Kind", TextAt(ref, "kind")},
                           {"Name", TextAt(ref, "name")}}
                          .dump(),
                      "cannot change roleRef"});
    return;
  }
  if (TextAt(ref, "apiGroup") != kRbacGroup) {
    errors.push_back({FieldErrorType::kNotSupported, "roleRef.apiGroup",
                      Json(TextAt(ref, "apiGroup")).dump(),
                      "supported values: " + Json(kRbacGroup).dump()});
  }
  const std::string kind = TextAt(ref, "kind");
  if (kind != "ClusterRole" && (kind != "Role" || !resource.type.namespaced)) {
    errors.push_back({FieldErrorType::kNotSupported, "roleRef.kind", Json(kind).dump(),
                      resource.type.namespaced ? R"(supported values: "Role", "ClusterRole")"
                                               : R"(supported values: "ClusterRole")"});
  }
  if (TextAt(ref, "name").empty()) errors.push_back(Required("roleRef.name", ""));
  const Json& subjects = At(object, "subjects");
  for (size_t i = 0; subjects.is_array() && i < subjects.size(); ++i)
    CheckSubject(resource, subjects[i], "subjects[" + std::to_string(i) + "].", errors);
}

std::string Described(const User& user) {
  std::string groups;
  for (const std::string& group : user.groups) groups += (groups.empty() ? "" : " ") + group;
  return "user \"" + user.name + "\" (groups=[" + groups + "])";
}

}  // namespace

void PrepareRbac(const Resource& resource, Json& object) {
  if (IsRole(resource) && !object.contains("rules")) object["rules"] = nullptr;
  if (!IsBinding(resource)) return;
  if (object.contains("roleRef") && object["roleRef"].is_object() &&
      TextAt(object["roleRef"], "apiGroup").empty()) {
    object["roleRef"]["apiGroup"] = kRbacGroup;
  }
  if (!At(object, "subjects").is_array()) return;
  for (Json& subject : object["subjects"]) {
    if (!subject.is_object() || !TextAt(subject, "apiGroup").empty()) continue;
    if (TextAt(subject, "kind") != "ServiceAccount") subject["apiGroup"] = kRbacGroup;
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
  const std::string ns = TextAt(object["metadata"], "namespace");
  const std::string name = TextAt(object["metadata"], "name");
  const Json& ref = At(object, "roleRef");
  Attributes exempt{.verb = "escalate",
                    .group = kRbacGroup,
                    .resource = resource.type.plural,
                    .ns = ns,
                    .name = name};
  if (IsBinding(resource)) {
    exempt.verb = "bind";
    exempt.resource = TextAt(ref, "kind") == "ClusterRole" ? "clusterroles" : "roles";
    exempt.name = TextAt(ref, "name");
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
