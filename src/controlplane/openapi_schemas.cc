#include "controlplane/openapi_schemas.h"

#include <nlohmann/json.hpp>
#include <sstream>
#include <string_view>

#include "api/kinds.h"
#include "controlplane/openapi_core.h"
#include "controlplane/standard_texts.h"

namespace vr::controlplane {
namespace {

using Json = nlohmann::json;

// "core.v1.ConfigMap": the name of one of Kubernetes' own kinds in openapi_core.h.
std::string CoreName(const Resource& resource) {
  const std::string& group = resource.type.group;
  return (group.empty() ? "core" : group.substr(0, group.find('.'))) + "." + resource.type.version +
         "." + resource.type.kind;
}

// v3 documents keep a reference apart from its description.
Json Described(OpenApiVersion version, const std::string& name, const char* description) {
  Json reference = SchemaReference(version, name);
  if (version == OpenApiVersion::kV3) reference = {{"allOf", Json::array({reference})}};
  reference["description"] = description;
  return reference;
}

Json Text(const char* description) { return {{"type", "string"}, {"description", description}}; }

Json GroupVersionKinds(const Resource& resource, const std::string& kind) {
  return Json::array(
      {{{"group", resource.type.group}, {"version", resource.type.version}, {"kind", kind}}});
}

void AddCommonMembers(OpenApiVersion version, Json& schema) {
  schema["properties"]["apiVersion"] = Text(kVersionDescription);
  schema["properties"]["kind"] = Text(kKindDescription);
  schema["properties"]["metadata"] =
      Described(version, FullSchemaName("meta.v1.ObjectMeta"), kMetadataDescription);
}

// How a list merges, from what stands in its brackets.
void AddMerging(const std::string& key, Json& schema) {
  schema["x-kubernetes-list-type"] = key.empty() ? "atomic" : key == "set" ? "set" : "map";
  if (key.empty()) return;
  schema["x-kubernetes-patch-strategy"] = "merge";
  if (key == "set") return;
  schema["x-kubernetes-list-map-keys"] = {key};
  schema["x-kubernetes-patch-merge-key"] = key;
}

// The schema of a type of openapi_core.h, without its "!".
Json Typed(OpenApiVersion version, const std::string& type) {
  if (type.starts_with("{}")) {
    return {{"type", "object"}, {"additionalProperties", Typed(version, type.substr(2))}};
  }
  if (type.starts_with('[')) {
    const size_t end = type.find(']');
    Json list = {{"type", "array"}, {"items", Typed(version, type.substr(end + 1))}};
    AddMerging(type.substr(1, end - 1), list);
    return list;
  }
  if (type == "int32" || type == "int64") return {{"type", "integer"}, {"format", type}};
  if (type == "bytes") return {{"type", "string"}, {"format", "byte"}};
  if (type == "time") return {{"type", "string"}, {"format", "date-time"}};
  if (type == "string" || type == "boolean" || type == "object") return {{"type", type}};
  return SchemaReference(version, FullSchemaName(type));
}

Json CoreSchemaOf(OpenApiVersion version, const CoreSchema& core) {
  Json schema = Typed(version, core.type);
  schema["description"] = core.description;
  for (const CoreMember& member : core.members) {
    std::string type = member.type;
    if (type.ends_with('!')) {
      type.pop_back();
      schema["required"].push_back(member.name);
    }
    Json& property = schema["properties"][member.name] = Typed(version, type);
    if (property.contains("$ref")) {
      property = Described(version, FullSchemaName(type), member.description);
    } else {
      property["description"] = member.description;
    }
  }
  return schema;
}

void ReduceToV2(Json& schema) {
  for (const char* name : {"allOf", "anyOf", "oneOf", "not", "default"}) schema.erase(name);
  // kubectl would take what is said of such a value for all that may be there.
  if (schema.value("x-kubernetes-preserve-unknown-fields", false)) {
    for (const char* name : {"type", "properties", "items"}) schema.erase(name);
  }
  if (const auto properties = schema.find("properties"); properties != schema.end()) {
    for (Json& property : *properties) ReduceToV2(property);
  }
  for (const char* name : {"items", "additionalProperties"}) {
    if (const auto nested = schema.find(name); nested != schema.end() && nested->is_object())
      ReduceToV2(*nested);
  }
}

Json KindSchema(OpenApiVersion version, const Resource& resource) {
  Json schema;
  if (resource.IsCustom()) {
    schema = api::OpenApiSchema(*resource.kind);
    if (version == OpenApiVersion::kV2) ReduceToV2(schema);
  } else {
    schema = CoreSchemaOf(version, CoreSchemas().at(CoreName(resource)));
  }
  AddCommonMembers(version, schema);
  schema["x-kubernetes-group-version-kind"] = GroupVersionKinds(resource, resource.type.kind);
  return schema;
}

Json ListSchema(OpenApiVersion version, const Resource& resource) {
  const std::string kind = resource.type.kind + "List";
  const Json items = {{"type", "array"},
                      {"description", "List of " + resource.type.plural + kListItemsInfo},
                      {"items", SchemaReference(version, SchemaName(resource))}};
  Json schema = {{"type", "object"},
                 {"description", kind + " is a list of " + resource.type.kind},
                 {"required", {"items"}},
                 {"properties", {{"items", items}}},
                 {"x-kubernetes-group-version-kind", GroupVersionKinds(resource, kind)}};
  AddCommonMembers(version, schema);
  schema["properties"]["metadata"] =
      Described(version, FullSchemaName("meta.v1.ListMeta"), kListMetadataDescription);
  return schema;
}

std::string PlaceOf(OpenApiVersion version) {
  return version == OpenApiVersion::kV2 ? "#/definitions/" : "#/components/schemas/";
}

// Adds one of openapi_core.h and all that it refers to.
class CoreClosure {
 public:
  CoreClosure(OpenApiVersion version, Json& schemas) : version_(version), schemas_(schemas) {}

  void Add(const std::string& name) {
    const CoreSchema& core = CoreSchemas().at(name);
    Json& schema = schemas_[FullSchemaName(name)];
    if (schema.is_null()) schema = CoreSchemaOf(version_, core);
    AddMembers(core);
  }
  void AddMembers(const CoreSchema& core) {
    for (const CoreMember& member : core.members) {
      std::string type = member.type;
      if (type.starts_with('[') || type.starts_with('{'))
        type.erase(0, type.find_first_of("]}") + 1);
      if (type.ends_with('!')) type.pop_back();
      if (CoreSchemas().contains(type) && !schemas_.contains(FullSchemaName(type))) Add(type);
    }
  }

 private:
  OpenApiVersion version_;
  Json& schemas_;
};

}  // namespace

std::string SchemaName(const Resource& resource) {
  if (!resource.IsCustom()) return FullSchemaName(CoreName(resource));
  std::string prefix;
  std::istringstream parts(resource.type.group);
  for (std::string part; std::getline(parts, part, '.');) prefix.insert(0, part + ".");
  return prefix + resource.type.version + "." + resource.type.kind;
}

Json SchemaReference(OpenApiVersion version, const std::string& name) {
  return {{"$ref", PlaceOf(version) + name}};
}

Json Schemas(OpenApiVersion version, const std::vector<const Resource*>& resources) {
  Json schemas = Json::object();
  CoreClosure core(version, schemas);
  for (const char* name : {"meta.v1.ObjectMeta", "meta.v1.ListMeta", "meta.v1.Patch",
                           "meta.v1.DeleteOptions", "meta.v1.Status"}) {
    core.Add(name);
  }
  for (const Resource* resource : resources) {
    schemas[SchemaName(*resource)] = KindSchema(version, *resource);
    schemas[SchemaName(*resource) + "List"] = ListSchema(version, *resource);
    if (!resource->IsCustom()) core.AddMembers(CoreSchemas().at(CoreName(*resource)));
    if (resource->IsCustom() && resource->kind->scale) core.Add("autoscaling.v1.Scale");
  }
  return schemas;
}

}  // namespace vr::controlplane
