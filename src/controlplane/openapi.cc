#include "controlplane/openapi.h"

#include <nlohmann/json.hpp>
#include <sstream>

#include "controlplane/resource.h"
#include "controlplane/standard_texts.h"
#include "kube/path.h"

namespace vr::controlplane {
namespace {

using Json = nlohmann::json;

// Groups are named backwards: io.virtrigaud.infra.v1beta1.VirtualMachine.
std::string SchemaName(const Resource& resource) {
  std::string prefix = "io.k8s.api.core.";
  if (!resource.type.group.empty()) {
    prefix.clear();
    std::istringstream parts(resource.type.group);
    for (std::string part; std::getline(parts, part, '.');) prefix = part + "." + prefix;
  }
  return prefix + resource.type.version + "." + resource.type.kind;
}

Json GroupVersionKind(const Resource& resource) {
  return {{"group", resource.type.group},
          {"version", resource.type.version},
          {"kind", resource.type.kind}};
}

constexpr const char* kMetaPackage = "io.k8s.apimachinery.pkg.apis.meta.v1.";

// Where a document keeps its schemas: "#/components/schemas/" or "#/definitions/".
Json Reference(const std::string& place, const std::string& name) {
  return {{"allOf", {{{"$ref", place + kMetaPackage + name}}}}};
}

Json Text(const char* description) { return {{"type", "string"}, {"description", description}}; }

Json TextMap(const char* description) {
  return {{"type", "object"},
          {"description", description},
          {"additionalProperties", {{"type", "string"}}}};
}

Json WithDescription(Json schema, const char* description) {
  schema["description"] = description;
  return schema;
}

Json ListOf(Json items, const char* description) {
  return {{"type", "array"}, {"description", description}, {"items", std::move(items)}};
}

Json MetaSchema(const std::string& place) {
  const auto number = [](const char* description) {
    return Json{{"type", "integer"}, {"format", "int64"}, {"description", description}};
  };
  const Json time = Reference(place, "Time");
  const Json properties = {
      {"name", Text(kNameDescription)},
      {"namespace", Text("Namespace")},
      {"generateName", Text("Prefix of a name that the server makes")},
      {"selfLink", Text("No longer set")},
      {"uid", Text("Unique in time and space; set by the server")},
      {"resourceVersion", Text("Changes with every write; set by the server")},
      {"generation", number("Changes with every change of the specification; set by the server")},
      {"creationTimestamp", WithDescription(time, "When it was created")},
      {"deletionTimestamp", WithDescription(time, "When its deletion was asked for")},
      {"deletionGracePeriodSeconds", number("Time between that and its removal")},
      {"labels", TextMap("For selectors")},
      {"annotations", TextMap("For everything else")},
      {"ownerReferences",
       ListOf(Reference(place, "OwnerReference"), "It goes when these are gone")},
      {"managedFields",
       ListOf(Reference(place, "ManagedFieldsEntry"), "Which writer owns which field")},
      {"finalizers", ListOf({{"type", "string"}}, "What must happen before it is gone")}};
  return {{"type", "object"}, {"description", "Metadata"}, {"properties", properties}};
}

// The schemas that others refer to.
void AddMetaSchemas(const std::string& place, Json& schemas) {
  const auto add = [&](const char* name, Json schema) {
    schemas[std::string(kMetaPackage) + name] = std::move(schema);
  };
  const Json boolean = {{"type", "boolean"}};
  add("ObjectMeta", MetaSchema(place));
  add("Time", {{"type", "string"}, {"format", "date-time"}, {"description", "A time"}});
  add("FieldsV1", {{"type", "object"}, {"description", "A set of fields"}});
  add("ManagedFieldsEntry",
      {{"type", "object"},
       {"description", "Fields of one writer"},
       {"properties",
        {{"manager", Text("Name of the writer")},
         {"operation", Text("Apply or Update")},
         {"subresource", Text("The subresource that was written")},
         {"apiVersion", Text("Version that the fields belong to")},
         {"time", WithDescription(Reference(place, "Time"), "When they changed last")},
         {"fieldsType", Text("FieldsV1")},
         {"fieldsV1", WithDescription(Reference(place, "FieldsV1"), "The fields")}}}});
  add("OwnerReference", {{"type", "object"},
                         {"description", "An owner"},
                         {"required", {"apiVersion", "kind", "name", "uid"}},
                         {"properties",
                          {{"apiVersion", Text("Its version")},
                           {"kind", Text("Its kind")},
                           {"name", Text("Its name")},
                           {"uid", Text("Its UID")},
                           {"controller", boolean},
                           {"blockOwnerDeletion", boolean}}}});
}

Json Schema(const Resource& resource, const std::string& place) {
  Json schema;
  if (resource.IsCustom()) {
    schema = api::OpenApiSchema(*resource.kind);
  } else {
    schema = {{"type", "object"},
              {"description", "A " + resource.type.kind + "."},
              {"x-kubernetes-preserve-unknown-fields", true}};
  }
  schema["properties"]["apiVersion"] = Text(kVersionDescription);
  schema["properties"]["kind"] = Text(kKindDescription);
  schema["properties"]["metadata"] =
      WithDescription(Reference(place, "ObjectMeta"), kMetadataDescription);
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
    document["components"]["schemas"][SchemaName(resource)] =
        Schema(resource, "#/components/schemas/");
    document["paths"].update(Paths(resource));
  }
  AddMetaSchemas("#/components/schemas/", document["components"]["schemas"]);
  return document;
}

Json OpenApiV2() {
  Json document = {{"swagger", "2.0"}, {"info", Info()}, {"paths", Json::object()}};
  for (const Resource& resource : AllResources()) {
    document["definitions"][SchemaName(resource)] = Schema(resource, "#/definitions/");
    document["paths"].update(Paths(resource));
  }
  AddMetaSchemas("#/definitions/", document["definitions"]);
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
