#include "controlplane/definitions.h"

#include <nlohmann/json.hpp>

#include "api/kinds.h"
#include "base/timestamp.h"
#include "controlplane/object_rules.h"

namespace vr::controlplane {
namespace {

Json Status(const Json& spec, const std::string& now) {
  const auto condition = [&](const char* type, const char* reason, const char* message) {
    return Json{{"type", type},
                {"status", "True"},
                {"reason", reason},
                {"message", message},
                {"lastTransitionTime", now}};
  };
  return {
      {"acceptedNames", spec["names"]},
      {"storedVersions", {spec["versions"][0]["name"]}},
      {"conditions",
       {condition("NamesAccepted", "NoConflicts", "no conflicts found"),
        condition("Established", "InitialNamesAccepted", "the initial names have been accepted")}}};
}

}  // namespace

vr::Status StoreDefinitions(Storage& storage, const Clock& clock) {
  const Resource& resource =
      *FindResource("apiextensions.k8s.io", "v1", "customresourcedefinitions");
  for (const api::KindInfo& kind : api::AllKinds()) {
    Json wanted = api::CustomResourceDefinition(kind);
    wanted["spec"]["conversion"] = {{"strategy", "None"}};
    const std::string name = wanted["metadata"]["name"];
    const auto stored = storage.Modify(
        resource.StorageName(), {"", name},
        [&](const StoredPtr& current, uint64_t next) -> Result<std::optional<Write>> {
          Json& meta = wanted["metadata"];
          const std::string now = FormatTimestamp(clock.WallNow());
          if (current) {
            const Json old = Json::parse(current->body, nullptr, false);
            if (old.value("spec", Json()) == wanted["spec"]) return std::optional<Write>();
            meta = old["metadata"];
            meta["generation"] = meta.value("generation", int64_t{1}) + 1;
          } else {
            meta["uid"] = NewUid();
            meta["creationTimestamp"] = now;
            meta["generation"] = 1;
          }
          meta["resourceVersion"] = std::to_string(next);
          wanted["status"] = Status(wanted["spec"], now);
          return std::optional(Write{wanted.dump(), meta["uid"], {}, false});
        });
    if (!stored) return stored.error();
  }
  return {};
}

}  // namespace vr::controlplane
