#include "controlplane/namespace_conditions.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "api/json_fields.h"
#include "base/text.h"
#include "base/timestamp.h"

namespace vr::controlplane {
namespace {

using Json = nlohmann::json;

struct Words {
  std::string reason;
  std::string message;
};

std::string Counts(const std::map<std::string, size_t>& counts, const std::string& verb) {
  std::vector<std::string> list;
  for (const auto& [name, count] : counts)
    list.push_back(name + verb + std::to_string(count) + " resource instances");
  return Joined(list, ", ");
}

std::string FailureMessage(const std::set<std::string>& failures) {
  return "Failed to delete all resource types, " + std::to_string(failures.size()) +
         " remaining: " + Joined(failures, ", ");
}

Json Finding(const char* type, bool trouble, const Words& bad, const Words& good) {
  const Words& words = trouble ? bad : good;
  return {{"type", type},
          {"status", trouble ? "True" : "False"},
          {"reason", words.reason},
          {"message", words.message}};
}

// The first two can only be good: the kinds are built in, so none is unknown or unreadable.
std::vector<Json> Findings(const NamespaceContent& left) {
  return {
      Finding("NamespaceDeletionDiscoveryFailure", false, {},
              {"ResourcesDiscovered", "All resources successfully discovered"}),
      Finding("NamespaceDeletionGroupVersionParsingFailure", false, {},
              {"ParsedGroupVersions", "All legacy kube types successfully parsed"}),
      Finding(
          "NamespaceDeletionContentFailure", !left.failures.empty(),
          {"ContentDeletionFailed", FailureMessage(left.failures)},
          {"ContentDeleted", "All content successfully deleted, may be waiting on finalization"}),
      Finding(
          "NamespaceContentRemaining", !left.objects.empty(),
          {"SomeResourcesRemain", "Some resources are remaining: " + Counts(left.objects, " has ")},
          {"ContentRemoved", "All content successfully removed"}),
      Finding("NamespaceFinalizersRemaining", !left.finalizers.empty(),
              {"SomeFinalizersRemain", "Some content in the namespace has finalizers remaining: " +
                                           Counts(left.finalizers, " in ")},
              {"ContentHasNoFinalizers", "All content-preserving finalizers finished"})};
}

}  // namespace

Json NamespaceConditions(const Json& before, const NamespaceContent& left, WallTime now) {
  Json conditions = before.is_array() ? before : Json::array();
  for (Json& finding : Findings(left)) {
    const auto old = std::find_if(conditions.begin(), conditions.end(), [&](const Json& other) {
      return api::Text(other, "type") == finding["type"];
    });
    const bool known = old != conditions.end();
    const bool same = known && api::Text(*old, "status") == finding["status"];
    finding["lastTransitionTime"] =
        api::Text(same ? *old : Json(), "lastTransitionTime", FormatTimestamp(now));
    if (known) {
      *old = finding;
    } else {
      conditions.push_back(finding);
    }
  }
  return conditions;
}

}  // namespace vr::controlplane
