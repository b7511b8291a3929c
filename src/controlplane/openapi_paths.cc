#include "controlplane/openapi_paths.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "controlplane/openapi_core.h"
#include "kube/path.h"

namespace vr::controlplane {
namespace {

using Json = nlohmann::json;
using Names = std::vector<const char*>;

struct Parameter {
  const char* name;
  const char* type;
  const char* description;
};

constexpr Parameter kParameters[] = {
    {"allowWatchBookmarks", "boolean", "A watch also tells versions that it has come to."},
    {"continue", "string", "The page to go on with, as the page before names it."},
    {"dryRun", "string", "All: everything is checked and nothing is kept."},
    {"fieldManager", "string", "Who makes the change; an apply patch must say so."},
    {"fieldSelector", "string", "Fields that the objects have."},
    {"fieldValidation", "string", "What becomes of unknown fields: Ignore, Warn or Strict."},
    {"force", "boolean", "An apply patch takes over fields of others."},
    {"gracePeriodSeconds", "integer", "Time until the object is removed."},
    {"labelSelector", "string", "Labels that the objects have."},
    {"limit", "integer", "How many objects a page has at most."},
    {"propagationPolicy", "string",
     "What becomes of what the object owns: Orphan, Background or Foreground."},
    {"resourceVersion", "string", "The version that the answer must show, or a watch begins at."},
    {"resourceVersionMatch", "string", "How a list meets the version: Exact or NotOlderThan."},
    {"sendInitialEvents", "boolean", "A watch first tells the objects that there are."},
    {"timeoutSeconds", "integer", "How long a watch lasts."},
    {"watch", "boolean", "Changes as they come, instead of a list."}};

// One method of a path.
struct Operation {
  const char* method;
  const char* action;       // x-kubernetes-action
  const char* verb;         // begins the operation's id
  const char* description;  // before the name of the kind
  Names query;
  const char* body = nullptr;  // a schema of openapi_core.h, or "" for the kind
  bool answers_status = false;
};

const Names& ListQuery() {
  static const Names names = {"allowWatchBookmarks",
                              "continue",
                              "fieldSelector",
                              "labelSelector",
                              "limit",
                              "resourceVersion",
                              "resourceVersionMatch",
                              "sendInitialEvents",
                              "timeoutSeconds",
                              "watch"};
  return names;
}

Operation List() {
  return {.method = "get",
          .action = "list",
          .verb = "list",
          .description = "list objects of kind",
          .query = ListQuery()};
}

Operation Create() {
  return {.method = "post",
          .action = "post",
          .verb = "create",
          .description = "create a",
          .query = {"dryRun", "fieldManager", "fieldValidation"},
          .body = ""};
}

Operation DeleteCollection() {
  Names query = ListQuery();
  query.push_back("dryRun");
  return {.method = "delete",
          .action = "deletecollection",
          .verb = "delete",
          .description = "delete collection of",
          .query = query,
          .body = "meta.v1.DeleteOptions",
          .answers_status = true};
}

Operation Get() {
  return {.method = "get",
          .action = "get",
          .verb = "read",
          .description = "read the specified",
          .query = {"resourceVersion"}};
}

Operation Replace() {
  return {.method = "put",
          .action = "put",
          .verb = "replace",
          .description = "replace the specified",
          .query = {"dryRun", "fieldManager", "fieldValidation"},
          .body = ""};
}

Operation Delete() {
  return {.method = "delete",
          .action = "delete",
          .verb = "delete",
          .description = "delete a",
          .query = {"dryRun", "gracePeriodSeconds", "propagationPolicy"},
          .body = "meta.v1.DeleteOptions",
          .answers_status = true};
}

Operation Patch() {
  return {.method = "patch",
          .action = "patch",
          .verb = "patch",
          .description = "partially update the specified",
          .query = {"dryRun", "fieldManager", "fieldValidation", "force"},
          .body = "meta.v1.Patch"};
}

// What the operations of a path are about: the kind, or one of its subresources.
struct Subject {
  const Resource& resource;
  std::string name;  // the end of operation ids
  std::string schema;
  std::string subresource;  // "" for the whole
};

std::string Capitalised(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 32);
  return text;
}

// "patchInfraVirtrigaudIoV1beta1NamespacedVMClass".
std::string OperationId(const Operation& operation, const Subject& subject) {
  const kube::ResourceType& type = subject.resource.type;
  std::string group = type.group.empty() ? "core" : type.group;
  if (group.ends_with(".k8s.io")) group.resize(group.size() - 7);
  std::string id = operation.verb;
  std::istringstream parts(group);
  for (std::string part; std::getline(parts, part, '.');) id += Capitalised(part);
  id += Capitalised(type.version);
  if (operation.action == std::string("deletecollection")) id += "Collection";
  return id + subject.name;
}

Json QueryParameter(OpenApiVersion version, const Parameter& parameter) {
  Json out = {{"name", parameter.name}, {"in", "query"}, {"description", parameter.description}};
  Json schema = {{"type", parameter.type}, {"uniqueItems", true}};
  if (version == OpenApiVersion::kV3) {
    out["schema"] = std::move(schema);
  } else {
    out.update(schema);
  }
  return out;
}

Json PathParameter(OpenApiVersion version, const char* name, const std::string& description) {
  Json out = QueryParameter(version, {name, "string", ""});
  out.update({{"in", "path"}, {"required", true}, {"description", description}});
  return out;
}

Json QueryParameters(OpenApiVersion version, const Names& names) {
  Json out = Json::array();
  for (const Parameter& parameter : kParameters) {
    const std::string name = parameter.name;
    if (std::find(names.begin(), names.end(), name) == names.end()) continue;
    // Clients look for these two by name, without following references.
    const bool in_place = name == "dryRun" || name == "fieldValidation";
    if (version == OpenApiVersion::kV3 || in_place) {
      out.push_back(QueryParameter(version, parameter));
    } else {
      out.push_back({{"$ref", "#/parameters/" + name}});
    }
  }
  return out;
}

Json PatchMedia(const Resource& resource) {
  Json media = {"application/json-patch+json", "application/merge-patch+json"};
  if (!resource.IsCustom()) media.push_back("application/strategic-merge-patch+json");
  media.push_back("application/apply-patch+yaml");
  return media;
}

void AddBody(OpenApiVersion version, const Operation& operation, const Subject& subject,
             Json& out) {
  const bool patch = operation.method == std::string("patch");
  const Json consumes =
      patch ? PatchMedia(subject.resource) : Json{"application/json", "application/yaml"};
  if (version == OpenApiVersion::kV2) out["consumes"] = consumes;
  if (operation.body == nullptr) return;
  const std::string name =
      *operation.body == '\0' ? subject.schema : FullSchemaName(operation.body);
  const bool required = !operation.answers_status;  // a delete needs no options
  const Json schema = SchemaReference(version, name);
  if (version == OpenApiVersion::kV2) {
    out["parameters"].insert(
        out["parameters"].begin(),
        Json{{"name", "body"}, {"in", "body"}, {"required", required}, {"schema", schema}});
    return;
  }
  Json content;
  for (const Json& media : consumes) content[media.get<std::string>()] = {{"schema", schema}};
  out["requestBody"] = {{"content", content}, {"required", required}};
}

Json Answer(OpenApiVersion version, const Operation& operation, const Subject& subject) {
  const bool list = operation.action == std::string("list");
  const std::string name = operation.answers_status ? FullSchemaName("meta.v1.Status")
                                                    : subject.schema + (list ? "List" : "");
  const Json schema = SchemaReference(version, name);
  Json answer = {{"description", "OK"}};
  if (version == OpenApiVersion::kV2) {
    answer["schema"] = schema;
  } else {
    answer["content"]["application/json"]["schema"] = schema;
  }
  return answer;
}

// "replace status of the specified VMClass".
std::string DescriptionOf(const Operation& operation, const Subject& subject) {
  std::string text = operation.description;
  const size_t the = text.find(" the ");
  if (!subject.subresource.empty() && the != std::string::npos)
    text.insert(the, " " + subject.subresource + " of");
  return text + " " + subject.resource.type.kind;
}

Json Describe(OpenApiVersion version, const Operation& operation, const Subject& subject) {
  const kube::ResourceType& type = subject.resource.type;
  Json out = {{"description", DescriptionOf(operation, subject)},
              {"operationId", OperationId(operation, subject)},
              {"parameters", QueryParameters(version, operation.query)},
              {"responses", {{"200", Answer(version, operation, subject)}}},
              {"x-kubernetes-action", operation.action},
              {"x-kubernetes-group-version-kind",
               {{"group", type.group}, {"version", type.version}, {"kind", type.kind}}}};
  if (version == OpenApiVersion::kV2) out["produces"] = {"application/json", "application/yaml"};
  AddBody(version, operation, subject, out);
  return out;
}

void AddPath(OpenApiVersion version, const std::string& path, const Subject& subject,
             const std::vector<Operation>& operations, Json& paths) {
  Json& item = paths[path];
  for (const Operation& operation : operations)
    item[operation.method] = Describe(version, operation, subject);
  for (const std::string name : {"name", "namespace"}) {
    if (path.find("{" + name + "}") == std::string::npos) continue;
    item["parameters"].push_back(
        PathParameter(version, name.c_str(), name + " of the " + subject.resource.type.kind));
  }
}

bool Can(const Resource& resource, const char* verb) {
  const std::vector<std::string> verbs = resource.Verbs();
  return std::find(verbs.begin(), verbs.end(), verb) != verbs.end();
}

void AddSubresources(OpenApiVersion version, const Resource& resource, const std::string& object,
                     const std::string& name, Json& paths) {
  const std::vector<Operation> operations = {Get(), Replace(), Patch()};
  if (resource.has_status) {
    const Subject status = {resource, name + "Status", SchemaName(resource), "status"};
    AddPath(version, object + "/status", status, operations, paths);
  }
  if (resource.IsCustom() && resource.kind->scale) {
    const std::string schema = FullSchemaName("autoscaling.v1.Scale");
    const Subject scale = {resource, name + "Scale", schema, "scale"};
    AddPath(version, object + "/scale", scale, operations, paths);
  }
}

}  // namespace

Json Paths(OpenApiVersion version, const Resource& resource) {
  const std::string kind = resource.type.kind;
  const std::string schema = SchemaName(resource);
  const std::string everywhere = kube::ResourcePath(resource.type, "");
  std::string base = everywhere;
  std::string name = kind;
  Json paths;
  if (resource.type.namespaced) {
    AddPath(version, everywhere, {resource, kind + "ForAllNamespaces", schema, ""}, {List()},
            paths);
    base.insert(base.rfind('/'), "/namespaces/{namespace}");
    name.insert(0, "Namespaced");
  }
  std::vector<Operation> collection = {List()};
  std::vector<Operation> single = {Get()};
  if (Can(resource, "create")) collection.push_back(Create());
  if (Can(resource, "deletecollection")) collection.push_back(DeleteCollection());
  if (Can(resource, "update")) single.insert(single.end(), {Replace(), Delete(), Patch()});
  const Subject whole = {resource, name, schema, ""};
  AddPath(version, base, whole, collection, paths);
  AddPath(version, base + "/{name}", whole, single, paths);
  AddSubresources(version, resource, base + "/{name}", name, paths);
  return paths;
}

Json SharedParameters() {
  Json out;
  for (const Parameter& parameter : kParameters)
    out[parameter.name] = QueryParameter(OpenApiVersion::kV2, parameter);
  return out;
}

}  // namespace vr::controlplane
