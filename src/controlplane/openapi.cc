#include "controlplane/openapi.h"

#include <nlohmann/json.hpp>

#include "controlplane/resource.h"
#include "kube/path.h"

namespace vr::controlplane {
namespace {

using Json = nlohmann::json;

std::string SchemaName(const Resource& resource) {
  return (resource.type.group.empty() ? std::string("io.k8s.api.core") : resource.type.group) +
         "." + resource.type.version + "." + resource.type.kind;
}

Json GroupVersionKind(const Resource& resource) {
  return {{"group", resource.type.group},
          {"version", resource.type.version},
          {"kind", resource.type.kind}};
}

Json MetaSchema() {
  const auto text = [](const char* description) {
    return Json{{"type", "string"}, {"description", description}};
  };
  const auto map = [](const char* description) {
    return Json{{"type", "object"},
                {"description", description},
                {"additionalProperties", {{"type", "string"}}}};
  };
  const Json properties = {{"name", text("Name; unique within a namespace")},
                           {"namespace", text("Namespace")},
                           {"generateName", text("Prefix of a name that the server makes")},
                           {"uid", text("Unique in time and space; set by the server")},
                           {"resourceVersion", text("Changes with every write; set by the server")},
                           {"creationTimestamp", text("When it was created")},
                           {"deletionTimestamp", text("When its deletion was asked for")},
                           {"labels", map("For selectors")},
                           {"annotations", map("For everything else")},
                           {"finalizers",
                            {{"type", "array"},
                             {"description", "What must happen before it is gone"},
                             {"items", {{"type", "string"}}}}}};
  return {
      {"type", "object"}, {"description", "Standard object metadata"}, {"properties", properties}};
}

Json Schema(const Resource& resource) {
  Json schema;
  if (resource.IsCustom()) {
    schema = api::OpenApiSchema(*resource.kind);
  } else {
    schema = {{"type", "object"},
              {"description", "A " + resource.type.kind + "."},
              {"x-kubernetes-preserve-unknown-fields", true}};
    schema["properties"] = {{"apiVersion", {{"type", "string"}}}, {"kind", {{"type", "string"}}}};
  }
  schema["properties"]["metadata"] = MetaSchema();
  schema["x-kubernetes-group-version-kind"] = {GroupVersionKind(resource)};
  return schema;
}

// kubectl decides by these parameters whether the server validates fields.
Json Operations(const Resource& resource, const std::string& action) {
  const auto query = [](const char* name) {
    return Json{{"name", name},
                {"in", "query"},
                {"description", ""},
                {"schema", {{"type", "string"}}},
                {"type", "string"}};
  };
  return {{"x-kubernetes-action", action},
          {"x-kubernetes-group-version-kind", GroupVersionKind(resource)},
          {"parameters", {query("dryRun"), query("fieldManager"), query("fieldValidation")}},
          {"responses", {{"200", {{"description", "OK"}}}}}};
}

Json Paths(const Resource& resource) {
  const std::string collection = kube::ResourcePath(resource.type, "");
  std::string base = collection;
  if (resource.type.namespaced) {
    base = collection.substr(0, collection.rfind('/')) + "/namespaces/{namespace}/" +
           resource.type.plural;
  }
  Json paths;
  paths[base] = {{"get", Operations(resource, "list")}, {"post", Operations(resource, "post")}};
  paths[base + "/{name}"] = {{"get", Operations(resource, "get")},
                             {"put", Operations(resource, "put")},
                             {"patch", Operations(resource, "patch")},
                             {"delete", Operations(resource, "delete")}};
  return paths;
}

const Json& Info() {
  static const Json info = {{"title", "VirtRigaud"}, {"version", "v1beta1"}};
  return info;
}

}  // namespace

Json OpenApiV3(const std::string& group, const std::string& version) {
  Json document = {{"openapi", "3.0.0"}, {"info", Info()}, {"paths", Json::object()}};
  for (const Resource& resource : AllResources()) {
    if (resource.type.group != group || resource.type.version != version) continue;
    document["components"]["schemas"][SchemaName(resource)] = Schema(resource);
    document["paths"].update(Paths(resource));
  }
  return document;
}

Json OpenApiV2() {
  Json document = {{"swagger", "2.0"}, {"info", Info()}, {"paths", Json::object()}};
  for (const Resource& resource : AllResources()) {
    document["definitions"][SchemaName(resource)] = Schema(resource);
    document["paths"].update(Paths(resource));
  }
  return document;
}

std::string OpenApiV2Protobuf() {
  // Length-delimited fields by number; all lengths here fit one byte.
  const auto field = [](int number, const std::string& value) {
    return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(value.size())} + value;
  };
  const std::string info =
      field(1, Info()["title"].get<std::string>()) + field(2, Info()["version"].get<std::string>());
  return field(1, "2.0") + field(2, info) + field(8, "");  // swagger, info, paths
}

}  // namespace vr::controlplane
