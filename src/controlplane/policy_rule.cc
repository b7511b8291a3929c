#include "controlplane/policy_rule.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace vr::controlplane {
namespace {

using Json = nlohmann::json;
using Texts = std::vector<std::string>;

bool Has(const Texts& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

bool Matches(const Texts& list, const std::string& text) {
  return Has(list, "*") || Has(list, text);
}

bool MatchesResource(const Texts& list, const Attributes& wanted) {
  if (Matches(list, wanted.FullResource())) return true;
  return !wanted.subresource.empty() && Has(list, "*/" + wanted.subresource);
}

bool MatchesPath(const Texts& list, const std::string& path) {
  return std::any_of(list.begin(), list.end(), [&](const std::string& pattern) {
    if (!pattern.ends_with('*')) return pattern == path;
    return path.starts_with(pattern.substr(0, pattern.size() - 1));
  });
}

Texts TextsAt(const Json& object, const char* name) {
  Texts out;
  if (!object.is_object() || !object.contains(name) || !object[name].is_array()) return out;
  for (const Json& item : object[name]) {
    if (item.is_string()) out.push_back(item.get<std::string>());
  }
  return out;
}

struct Part {
  const char* name;
  Texts PolicyRule::*list;
};
constexpr Part kParts[] = {{"verbs", &PolicyRule::verbs},
                           {"apiGroups", &PolicyRule::api_groups},
                           {"resources", &PolicyRule::resources},
                           {"resourceNames", &PolicyRule::resource_names},
                           {"nonResourceURLs", &PolicyRule::non_resource_urls}};

// One verb on one resource, of which a rule with several is made.
bool AnyAllows(const std::vector<PolicyRule>& held, const Attributes& wanted) {
  return std::any_of(held.begin(), held.end(),
                     [&](const PolicyRule& rule) { return rule.Allows(wanted); });
}

bool CoversResource(const std::vector<PolicyRule>& held, const PolicyRule& wanted,
                    Attributes attributes, const std::string& resource) {
  const size_t slash = resource.find('/');
  attributes.resource = resource.substr(0, slash);
  attributes.subresource = slash == std::string::npos ? "" : resource.substr(slash + 1);
  if (wanted.resource_names.empty()) return AnyAllows(held, attributes);
  return std::all_of(wanted.resource_names.begin(), wanted.resource_names.end(),
                     [&](const std::string& name) {
                       attributes.name = name;
                       return AnyAllows(held, attributes);
                     });
}

}  // namespace

std::string Attributes::FullResource() const {
  return subresource.empty() ? resource : resource + "/" + subresource;
}

bool PolicyRule::Allows(const Attributes& wanted) const {
  if (!Matches(verbs, wanted.verb)) return false;
  if (!wanted.path.empty()) return MatchesPath(non_resource_urls, wanted.path);
  return Matches(api_groups, wanted.group) && MatchesResource(resources, wanted) &&
         (resource_names.empty() || Has(resource_names, wanted.name));
}

std::vector<PolicyRule> RulesOf(const Json& role) {
  std::vector<PolicyRule> rules;
  if (!role.is_object() || !role.contains("rules") || !role["rules"].is_array()) return rules;
  for (const Json& item : role["rules"]) {
    PolicyRule& rule = rules.emplace_back();
    for (const Part& part : kParts) rule.*part.list = TextsAt(item, part.name);
  }
  return rules;
}

Json EncodeRule(const PolicyRule& rule) {
  Json out = Json::object();
  for (const Part& part : kParts) {
    if (!(rule.*part.list).empty()) out[part.name] = rule.*part.list;
  }
  return out;
}

bool Covers(const std::vector<PolicyRule>& held, const PolicyRule& wanted) {
  for (const std::string& verb : wanted.verbs) {
    for (const std::string& path : wanted.non_resource_urls) {
      if (!AnyAllows(held, {.verb = verb, .path = path})) return false;
    }
    for (const std::string& group : wanted.api_groups) {
      for (const std::string& resource : wanted.resources) {
        if (!CoversResource(held, wanted, {.verb = verb, .group = group}, resource)) return false;
      }
    }
  }
  return true;
}

}  // namespace vr::controlplane
