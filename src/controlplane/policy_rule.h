// PolicyRule: what a role allows, in the terms of rbac.authorization.k8s.io.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace vr::controlplane {

// Who asks.
struct User {
  std::string name;
  std::string uid;
  std::vector<std::string> groups;
};

// What is asked for: a resource, or a path that is none.
struct Attributes {
  std::string verb;
  std::string group, resource, subresource, ns, name;
  std::string path;  // set: not a resource

  // "virtualmachines/status".
  std::string FullResource() const;
};

struct PolicyRule {
  std::vector<std::string> verbs, api_groups, resources, resource_names, non_resource_urls;

  bool Allows(const Attributes& wanted) const;
};

// The rules of a Role or ClusterRole. What has the wrong type allows nothing.
std::vector<PolicyRule> RulesOf(const nlohmann::json& role);
nlohmann::json EncodeRule(const PolicyRule& rule);

// Whether holders of `held` may do all that `wanted` allows.
bool Covers(const std::vector<PolicyRule>& held, const PolicyRule& wanted);

}  // namespace vr::controlplane
