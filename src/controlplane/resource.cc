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

api::PrinterColumn Data() { return {"Data", "string", "", 0, "How many entries it has"}; }

Resource Event() {
  Resource event = Core({"", "v1", "Event", "events", true}, "event", {"ev"}, {});
  event.columns = {{"Last Seen", "string", "", 0, "Last time"},
                   {"Type", "string", ".type", 0, "Normal or Warning"},
                   {"Reason", "string", ".reason", 0, "Why"},
                   {"Object", "string", "", 0, "About what"},
                   {"Subobject", "string", ".involvedObject.fieldPath", 1, "About which part"},
                   {"Source", "string", "", 1, "Who says so"},
                   {"Message", "string", ".message", 0, "For people"},
                   {"First Seen", "string", "", 1, "First time"},
                   {"Count", "string", "", 1, "How often"},
                   {"Name", "string", ".metadata.name", 1, "Name of the object"}};
  event.selectable = {"involvedObject.kind",       "involvedObject.namespace",
                      "involvedObject.name",       "involvedObject.uid",
                      "involvedObject.apiVersion", "involvedObject.resourceVersion",
                      "involvedObject.fieldPath",  "reason",
                      "reportingComponent",        "type"};
  return event;
}

// The same with the names of events.k8s.io. The columns read objects as they are stored.
Resource NewEvent() {
  Resource event = Event();
  event.type.group = "events.k8s.io";
  event.selectable = {"regarding.kind",       "regarding.namespace",
                      "regarding.name",       "regarding.uid",
                      "regarding.apiVersion", "regarding.resourceVersion",
                      "regarding.fieldPath",  "reason",
                      "reportingController",  "type"};
  return event;
}

Resource Definition() {
  Resource definition = Core({"apiextensions.k8s.io", "v1", "CustomResourceDefinition",
                              "customresourcedefinitions", false},
                             "customresourcedefinition", {"crd", "crds"}, {});
  definition.columns = {{"Created At", "date", "", 0, "When it was created"}};
  definition.categories = {"api-extensions"};
  definition.read_only = true;
  return definition;
}

Resource Role(bool namespaced) {
  const std::string kind = namespaced ? "Role" : "ClusterRole";
  Resource role = Core(
      {"rbac.authorization.k8s.io", "v1", kind, namespaced ? "roles" : "clusterroles", namespaced},
      namespaced ? "role" : "clusterrole", {}, {});
  role.columns = {{"Created At", "date", "", 0, "When it was created"}};
  return role;
}

Resource Binding(bool namespaced) {
  const std::string kind = namespaced ? "RoleBinding" : "ClusterRoleBinding";
  Resource binding = Core({"rbac.authorization.k8s.io", "v1", kind,
                           namespaced ? "rolebindings" : "clusterrolebindings", namespaced},
                          namespaced ? "rolebinding" : "clusterrolebinding", {},
                          {{"Role", "string", "", 0, "What it allows"}});
  for (const char* name : {"Users", "Groups", "ServiceAccounts"})
    binding.columns.push_back({name, "string", "", 1, "Who it is for"});
  return binding;
}

std::vector<Resource> Build() {
  std::vector<Resource> all = {
      Core({"", "v1", "Namespace", "namespaces", false}, "namespace", {"ns"},
           {{"Status", "string", ".status.phase", 0, "Phase"}}),
      Core({"", "v1", "Secret", "secrets", true}, "secret", {},
           {{"Type", "string", ".type", 0, "Type of the data"}, Data()}),
      Core({"", "v1", "ConfigMap", "configmaps", true}, "configmap", {"cm"}, {Data()}),
      Core({"", "v1", "ServiceAccount", "serviceaccounts", true}, "serviceaccount", {"sa"}, {}),
      Event(),
      Core({"", "v1", "ResourceQuota", "resourcequotas", true}, "resourcequota", {"quota"}, {}),
      NewEvent(),
      Core({"coordination.k8s.io", "v1", "Lease", "leases", true}, "lease", {},
           {{"Holder", "string", ".spec.holderIdentity", 0, "Who holds it"}}),
      Definition(),
      Role(true),
      Role(false),
      Binding(true),
      Binding(false),
  };
  for (Resource& resource : all)
    resource.has_status =
        resource.type.kind == "Namespace" || resource.type.kind == "ResourceQuota";
  all[0].selectable = {"status.phase"};
  all[1].selectable = {"type"};
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

std::vector<std::string> Resource::Verbs() const {
  if (read_only) return {"get", "list", "watch"};
  if (IsCustom())
    return {"delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"};
  if (!type.namespaced) return {"create", "delete", "get", "list", "patch", "update", "watch"};
  return {"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"};
}

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
