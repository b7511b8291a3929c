#include "controlplane/authorizer.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/json_fields.h"
#include "base/text.h"

namespace vr::controlplane {
namespace {

using Json = nlohmann::json;

constexpr const char* kSuffix = ".rbac.authorization.k8s.io";

bool InGroup(const User& user, const std::string& group) {
  return std::find(user.groups.begin(), user.groups.end(), group) != user.groups.end();
}

// `ns` is the binding's, for accounts that name none.
bool IsSubject(const User& user, const Json& subject, const std::string& ns) {
  const std::string kind = api::Text(subject, "kind");
  const std::string name = api::Text(subject, "name");
  if (kind == "User") return name == user.name;
  if (kind == "Group") return InGroup(user, name);
  if (kind != "ServiceAccount") return false;
  const std::string own = api::Text(subject, "namespace");
  const std::string& account_ns = own.empty() ? ns : own;
  return !account_ns.empty() && user.name == "system:serviceaccount:" + account_ns + ":" + name;
}

bool IsBound(const User& user, const Json& binding, const std::string& ns) {
  if (!binding.is_object() || !binding.contains("subjects") || !binding["subjects"].is_array())
    return false;
  const Json& subjects = binding["subjects"];
  return std::any_of(subjects.begin(), subjects.end(),
                     [&](const Json& subject) { return IsSubject(user, subject, ns); });
}

}  // namespace

bool IsMaster(const User& user) { return InGroup(user, kMasters); }

StoredPtr Authorizer::RoleOf(const Json& role_ref, const std::string& ns) const {
  const bool of_cluster = api::Text(role_ref, "kind") == "ClusterRole";
  if (!of_cluster && ns.empty()) return nullptr;
  return storage_.Get(std::string(of_cluster ? "clusterroles" : "roles") + kSuffix,
                      {of_cluster ? "" : ns, api::Text(role_ref, "name")});
}

std::vector<PolicyRule> Authorizer::RulesOfRef(const Json& role_ref, const std::string& ns) const {
  const StoredPtr role = RoleOf(role_ref, ns);
  return role ? RulesOf(Json::parse(role->body, nullptr, false)) : std::vector<PolicyRule>();
}

void Authorizer::AddRules(const User& user, const char* bindings, const std::string& ns,
                          Found& found) const {
  for (const auto& [key, stored] : storage_.List(std::string(bindings) + kSuffix, ns).objects) {
    const Json binding = Json::parse(stored->body, nullptr, false);
    if (!IsBound(user, binding, ns) || !binding.contains("roleRef")) continue;
    const Json& ref = binding["roleRef"];
    if (const StoredPtr role = RoleOf(ref, ns)) {
      const auto more = RulesOf(Json::parse(role->body, nullptr, false));
      found.rules.insert(found.rules.end(), more.begin(), more.end());
    } else {
      const char* kind = api::Text(ref, "kind") == "ClusterRole" ? "clusterrole" : "role";
      found.missing.push_back(kind + std::string(kSuffix) + " \"" + api::Text(ref, "name") +
                              "\" not found");
    }
  }
}

Authorizer::Found Authorizer::Find(const User& user, const std::string& ns) const {
  Found found;
  AddRules(user, "clusterrolebindings", "", found);
  if (!ns.empty()) AddRules(user, "rolebindings", ns, found);
  return found;
}

std::vector<PolicyRule> Authorizer::RulesFor(const User& user, const std::string& ns) const {
  return Find(user, ns).rules;
}

Decision Authorizer::Decide(const User& user, const Attributes& wanted) const {
  if (IsMaster(user)) return {.allowed = true};
  const Found found = Find(user, wanted.ns);
  const bool allowed = std::any_of(found.rules.begin(), found.rules.end(),
                                   [&](const PolicyRule& rule) { return rule.Allows(wanted); });
  if (allowed || found.missing.empty()) return {.allowed = allowed};
  const std::string list = Joined(found.missing, ", ");
  return {.allowed = false,
          .reason = "RBAC: " + (found.missing.size() == 1 ? list : "[" + list + "]")};
}

std::string Refusal(const User& user, const Attributes& wanted, const Decision& decision) {
  const std::string who = "User \"" + user.name + "\" cannot " + wanted.verb;
  const std::string why = decision.reason.empty() ? "" : ": " + decision.reason;
  if (!wanted.path.empty()) return who + " path \"" + wanted.path + "\"" + why;
  const std::string where =
      wanted.ns.empty() ? "at the cluster scope" : "in the namespace \"" + wanted.ns + "\"";
  return who + " resource \"" + wanted.FullResource() + "\" in API group \"" + wanted.group +
         "\" " + where + why;
}

}  // namespace vr::controlplane
