// Authorizer: who may do what, by the roles and bindings in the store.
#pragma once

#include <string>
#include <vector>

#include "controlplane/policy_rule.h"
#include "controlplane/storage.h"

namespace vr::controlplane {

inline constexpr const char* kMasters = "system:masters";
inline constexpr const char* kAuthenticated = "system:authenticated";
inline constexpr const char* kUnauthenticated = "system:unauthenticated";
inline constexpr const char* kAnonymous = "system:anonymous";

struct Decision {
  bool allowed = false;
  std::string reason;  // what kept a role from being read; mostly empty
};

// Thread-safe; reads the store anew for each question, so that a change counts at once.
class Authorizer {
 public:
  explicit Authorizer(const Storage& storage) : storage_(storage) {}

  // The group system:masters may do everything.
  Decision Decide(const User& user, const Attributes& wanted) const;
  bool Allows(const User& user, const Attributes& wanted) const {
    return Decide(user, wanted).allowed;
  }
  // What the user may do everywhere and, where `ns` is not empty, in that namespace.
  std::vector<PolicyRule> RulesFor(const User& user, const std::string& ns) const;
  // The rules of a roleRef, from a binding in `ns` (empty: a ClusterRoleBinding).
  std::vector<PolicyRule> RulesOfRef(const nlohmann::json& role_ref, const std::string& ns) const;

 private:
  struct Found {
    std::vector<PolicyRule> rules;
    std::vector<std::string> missing;  // roles that bindings name and that do not exist
  };
  StoredPtr RoleOf(const nlohmann::json& role_ref, const std::string& ns) const;  // or null
  Found Find(const User& user, const std::string& ns) const;
  void AddRules(const User& user, const char* bindings, const std::string& ns, Found& found) const;

  const Storage& storage_;
};

bool IsMaster(const User& user);

// "User \"bob\" cannot list resource \"vms\" in API group \"g\" in the namespace \"n\"".
std::string Refusal(const User& user, const Attributes& wanted, const Decision& decision);

}  // namespace vr::controlplane
