#include "controlplane/resource.h"

#include <algorithm>

namespace vr::controlplane {
namespace {

api::PrinterColumn Age() {
  return {"Age", "date", ".metadata.creationTimestamp", 0, "Time since creation"};
}

Resource Core(kube::ResourceType type, std::string singular, std::vector<std::string> short_names,
              std::vector<api::PrinterColumn> columns) {
  columns.push_back(Age());
  return {.type = std::move(type),
          .singular = std::move(singular),
          .short_names = std::move(short_names),
          .categories = {},
          .columns = std::move(columns)};
}

std::vector<Resource> Build() {
  std::vector<Resource> all = {
      Core({"", "v1", "Namespace", "namespaces", false}, "namespace", {"ns"},
           {{"Status", "string", ".status.phase", 0, "Phase"}}),
      Core({"", "v1", "Secret", "secrets", true}, "secret", {},
           {{"Type", "string", ".type", 0, "Type of the data"}}),
      Core({"", "v1", "ConfigMap", "configmaps", true}, "configmap", {"cm"}, {}),
      Core({"", "v1", "ServiceAccount", "serviceaccounts", true}, "serviceaccount", {"sa"}, {}),
      Core({"", "v1", "Event", "events", true}, "event", {"ev"},
           {{"Last Seen", "date", ".lastTimestamp", 0, "Last time"},
            {"Type", "string", ".type", 0, "Normal or Warning"},
            {"Reason", "string", ".reason", 0, "Why"},
            {"Object", "string", ".involvedObject.name", 0, "About what"},
            {"Message", "string", ".message", 0, "For people"}}),
      Core({"coordination.k8s.io", "v1", "Lease", "leases", true}, "lease", {},
           {{"Holder", "string", ".spec.holderIdentity", 0, "Who holds it"}}),
      Core({"apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions",
            false},
           "customresourcedefinition", {"crd", "crds"}, {}),
  };
  all.front().has_status = true;
  all.back().read_only = true;
  for (const api::KindInfo& kind : api::AllKinds()) {
    all.push_back({.type = kind.type,
                   .singular = kind.singular,
                   .short_names = kind.short_names,
                   .categories = kind.categories,
                   .columns = kind.columns,
                   .has_status = true,
                   .kind = &kind});
  }
  return all;
}

}  // namespace

const std::vector<Resource>& AllResources() {
  static const std::vector<Resource> all = Build();
  return all;
}

const Resource* FindResource(std::string_view group, std::string_view version,
                             std::string_view plural) {
  const auto& all = AllResources();
  const auto it = std::find_if(all.begin(), all.end(), [&](const Resource& r) {
    return r.type.group == group && r.type.version == version && r.type.plural == plural;
  });
  return it == all.end() ? nullptr : &*it;
}

}  // namespace vr::controlplane
