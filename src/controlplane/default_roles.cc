#include "controlplane/default_roles.h"

#include <nlohmann/json.hpp>

#include "api/kinds.h"
#include "controlplane/authorizer.h"
#include "controlplane/rbac_rules.h"

namespace vr::controlplane {
namespace {

using Texts = std::vector<std::string>;
using Rules = std::vector<PolicyRule>;

const Texts kReads = {"get", "list", "watch"};
const Texts kWrites = {"create", "delete", "deletecollection", "patch", "update"};
constexpr const char* kOurGroup = "infra.virtrigaud.io";

// Who may read a namespace, but no secret in it.
Rules View() {
  Texts plural;
  for (const api::KindInfo& kind : api::AllKinds()) {
    plural.push_back(kind.type.plural);
    plural.push_back(kind.type.plural + "/status");
    if (kind.scale) plural.push_back(kind.type.plural + "/scale");
  }
  return {{.verbs = kReads, .api_groups = {kOurGroup}, .resources = std::move(plural)},
          {.verbs = kReads,
           .api_groups = {""},
           .resources = {"configmaps", "events", "namespaces", "resourcequotas",
                         "resourcequotas/status", "serviceaccounts"}},
          {.verbs = kReads, .api_groups = {"events.k8s.io"}, .resources = {"events"}}};
}

// Who works in a namespace: all objects, secrets among them, but no roles.
Rules Edit() {
  Rules rules = View();
  Texts ours;
  for (const api::KindInfo& kind : api::AllKinds()) {
    ours.push_back(kind.type.plural);
    if (kind.scale) ours.push_back(kind.type.plural + "/scale");
  }
  Texts all = kReads;
  all.insert(all.end(), kWrites.begin(), kWrites.end());
  rules.push_back({.verbs = kWrites, .api_groups = {kOurGroup}, .resources = std::move(ours)});
  rules.push_back({.verbs = all,
                   .api_groups = {""},
                   .resources = {"configmaps", "secrets", "serviceaccounts"}});
  rules.push_back(
      {.verbs = {"create"}, .api_groups = {""}, .resources = {"serviceaccounts/token"}});
  rules.push_back({.verbs = {"create", "patch", "update"},
                   .api_groups = {"", "events.k8s.io"},
                   .resources = {"events"}});
  rules.push_back({.verbs = all, .api_groups = {"coordination.k8s.io"}, .resources = {"leases"}});
  return rules;
}

// Who also says who else may work in it.
Rules Admin() {
  Rules rules = Edit();
  Texts all = kReads;
  all.insert(all.end(), kWrites.begin(), kWrites.end());
  rules.push_back(
      {.verbs = all, .api_groups = {kRbacGroup}, .resources = {"rolebindings", "roles"}});
  rules.push_back({.verbs = {"create"},
                   .api_groups = {"authorization.k8s.io"},
                   .resources = {"localsubjectaccessreviews"}});
  return rules;
}

struct DefaultRole {
  const char* name;
  Rules rules;
  Texts groups;  // bound to it
};

std::vector<DefaultRole> DefaultRoles() {
  return {
      {"cluster-admin",
       {{.verbs = {"*"}, .api_groups = {"*"}, .resources = {"*"}},
        {.verbs = {"*"}, .non_resource_urls = {"*"}}},
       {kMasters}},
      {"admin", Admin(), {}},
      {"edit", Edit(), {}},
      {"view", View(), {}},
      {"system:basic-user",
       {{.verbs = {"create"},
         .api_groups = {"authorization.k8s.io"},
         .resources = {"selfsubjectaccessreviews", "selfsubjectrulesreviews"}},
        {.verbs = {"create"},
         .api_groups = {"authentication.k8s.io"},
         .resources = {"selfsubjectreviews"}}},
       {kAuthenticated}},
      {"system:discovery",
       {{.verbs = {"get"},
         .non_resource_urls = {"/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez",
                               "/openapi", "/openapi/*", "/readyz", "/version", "/version/"}}},
       {kAuthenticated}},
      {"system:public-info-viewer",
       {{.verbs = {"get"},
         .non_resource_urls = {"/healthz", "/livez", "/readyz", "/version", "/version/"}}},
       {kAuthenticated, kUnauthenticated}},
  };
}

Json Skeleton(const char* kind, const char* name) {
  return {{"apiVersion", std::string(kRbacGroup) + "/v1"},
          {"kind", kind},
          {"metadata",
           {{"name", name},
            {"labels", {{"kubernetes.io/bootstrapping", "rbac-defaults"}}},
            {"annotations", {{"rbac.authorization.kubernetes.io/autoupdate", "true"}}}}}};
}

vr::Status Store(const Storage& storage, ObjectWriter& writer, const char* plural,
                 const Json& object, bool renew) {
  const Resource& resource = *FindResource(kRbacGroup, "v1", plural);
  const std::string name = object["metadata"]["name"];
  WriteRequest request{.resource = &resource, .key = {"", name}, .manager = "virtrigaud"};
  const StoredPtr stored = storage.Get(resource.StorageName(), request.key);
  const bool there = stored != nullptr;
  constexpr const char* kKeep = R"("rbac.authorization.kubernetes.io/autoupdate":"false")";
  if (there && (!renew || stored->body.find(kKeep) != std::string::npos)) return {};
  const auto written = there ? writer.Update(request, object) : writer.Create(request, object);
  if (written) return {};
  return Error{
      ErrorKind::kInternal, "cannot store the role " + name + ": " + written.failure().message, {}};
}

}  // namespace

vr::Status StoreDefaultRoles(const Storage& storage, ObjectWriter& writer) {
  for (const DefaultRole& role : DefaultRoles()) {
    Json object = Skeleton("ClusterRole", role.name);
    object["rules"] = Json::array();
    for (const PolicyRule& rule : role.rules) object["rules"].push_back(EncodeRule(rule));
    VR_RETURN_IF_ERROR(Store(storage, writer, "clusterroles", object, true));
    if (role.groups.empty()) continue;
    Json binding = Skeleton("ClusterRoleBinding", role.name);
    binding["roleRef"] = {{"apiGroup", kRbacGroup}, {"kind", "ClusterRole"}, {"name", role.name}};
    for (const std::string& group : role.groups)
      binding["subjects"].push_back({{"apiGroup", kRbacGroup}, {"kind", "Group"}, {"name", group}});
    VR_RETURN_IF_ERROR(Store(storage, writer, "clusterrolebindings", binding, false));
  }
  return {};
}

}  // namespace vr::controlplane
