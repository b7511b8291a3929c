#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/formats.h"
#include "api/kinds.h"
#include "api/rules.h"

namespace vr::api {
namespace {

using Json = nlohmann::json;

void SetType(const Field& field, Json& out) {
  switch (field.type) {
    case FieldType::kObject:
    case FieldType::kMap:
      out["type"] = "object";
      return;
    case FieldType::kAnyObject:
      out["type"] = "object";
      out["x-kubernetes-preserve-unknown-fields"] = true;
      return;
    case FieldType::kArray:
      out["type"] = "array";
      return;
    case FieldType::kString:
      out["type"] = "string";
      return;
    case FieldType::kInteger:
      out["type"] = "integer";
      return;
    case FieldType::kNumber:
      out["type"] = "number";
      return;
    case FieldType::kBoolean:
      out["type"] = "boolean";
      return;
    case FieldType::kIntOrString:
      out["x-kubernetes-int-or-string"] = true;
      out["anyOf"] = {{{"type", "integer"}}, {{"type", "string"}}};
      return;
    case FieldType::kBooleanOrString:
    case FieldType::kObjectOrString:
    case FieldType::kObjectOrBoolean:
    case FieldType::kObjectOrArray:  // OpenAPI's structural subset has no such union: any value,
                                     // checked at admission
      out["x-kubernetes-preserve-unknown-fields"] = true;
      return;
  }
}

// Formats that the API server knows; of ours it sees a pattern at most.
bool IsOpenApiFormat(const std::string& format) {
  return format == "int32" || format == "int64" || format == "date-time" || format == "byte";
}

const char* Reason(FieldErrorType type) {
  switch (type) {
    case FieldErrorType::kRequired:
      return "FieldValueRequired";
    case FieldErrorType::kForbidden:
      return "FieldValueForbidden";
    case FieldErrorType::kDuplicate:
      return "FieldValueDuplicate";
    case FieldErrorType::kInvalid:
    case FieldErrorType::kNotSupported:
    case FieldErrorType::kTypeInvalid:
    case FieldErrorType::kTooLong:
    case FieldErrorType::kTooMany:
      return "FieldValueInvalid";
  }
  return "FieldValueInvalid";
}

void AddRules(const std::vector<Rule>& rules, const std::string& scope, Json& out) {
  for (const Rule& rule : rules) {
    if (rule.scope != scope) continue;
    for (const std::string& member : rule.any_of) out["anyOf"].push_back({{"required", {member}}});
    if (rule.cel.empty()) continue;
    Json said = {{"rule", rule.cel}, {"reason", Reason(rule.type)}};
    if (rule.path != scope)
      said["fieldPath"] = scope.empty() ? "." + rule.path : rule.path.substr(scope.size());
    said["message"] = rule.detail.empty() ? rule.path + " is required" : rule.detail;
    out["x-kubernetes-validations"].push_back(std::move(said));
  }
}

Json Schema(const Field& field, const std::vector<Rule>& rules) {
  Json out = {{"description", field.description}};
  SetType(field, out);
  if (IsOpenApiFormat(field.format)) out["format"] = field.format;
  if (const std::string pattern =
          field.pattern.empty() ? FormatPattern(field.format) : field.pattern;
      !pattern.empty())
    out["pattern"] = pattern;
  const bool whole = field.type == FieldType::kInteger;
  const auto number = [&](double value) {
    return whole ? Json(static_cast<int64_t>(value)) : Json(value);
  };
  if (field.minimum) out["minimum"] = number(*field.minimum);
  if (field.maximum) out["maximum"] = number(*field.maximum);
  if (field.min_length) out["minLength"] = *field.min_length;
  if (field.max_length) out["maxLength"] = *field.max_length;
  if (field.min_items) out["minItems"] = *field.min_items;
  if (field.max_items) out["maxItems"] = *field.max_items;
  if (field.min_properties) out["minProperties"] = *field.min_properties;
  if (field.max_properties) out["maxProperties"] = *field.max_properties;
  if (field.enumeration && field.closed_choice) {
    out["allOf"] = {{{"enum", *field.enumeration}}};
  } else if (field.enumeration) {
    out["enum"] = *field.enumeration;
  }
  if (field.default_value) out["default"] = *field.default_value;
  if (field.extensions) out.update(*field.extensions);
  for (const auto& property : field.properties) {
    out["properties"][property->name] = Schema(*property, rules);
    if (property->required) out["required"].push_back(property->name);
  }
  if (field.items) out["items"] = Schema(*field.items, rules);
  if (field.values) out["additionalProperties"] = Schema(*field.values, rules);
  AddRules(rules, field.path, out);
  return out;
}

Json Columns(const KindInfo& kind) {
  Json columns = Json::array();
  for (const PrinterColumn& column : kind.columns) {
    Json item = {{"name", column.name},
                 {"type", column.type},
                 {"jsonPath", column.json_path},
                 {"description", column.description}};
    if (column.priority != 0) item["priority"] = column.priority;
    columns.push_back(std::move(item));
  }
  return columns;
}

Json Subresources(const KindInfo& kind) {
  Json out = {{"status", Json::object()}};
  if (kind.scale) {
    out["scale"] = {{"specReplicasPath", kind.scale->spec_replicas},
                    {"statusReplicasPath", kind.scale->status_replicas},
                    {"labelSelectorPath", kind.scale->label_selector}};
  }
  return out;
}

bool IsPlain(const std::string& text) {
  if (text.empty() || !((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z')))
    return false;
  if (text.find_first_not_of(
          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._/") !=
      std::string::npos)
    return false;
  static const std::vector<std::string> kWords = {"true", "false", "null", "yes", "no",
                                                  "on",   "off",   "y",    "n"};
  std::string lower = text;
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return std::find(kWords.begin(), kWords.end(), lower) == kWords.end();
}

// Block YAML; scalars that are not plain words are JSON, which YAML includes.
void WriteYaml(const Json& value, const std::string& indent, std::string& out) {
  const auto scalar = [](const Json& leaf) {
    return leaf.is_string() && IsPlain(leaf.get<std::string>()) ? leaf.get<std::string>()
                                                                : leaf.dump();
  };
  const auto nested = [](const Json& item) { return item.is_structured() && !item.empty(); };
  if (value.is_object()) {
    for (const auto& [key, item] : value.items()) {
      out += indent + (IsPlain(key) ? key : Json(key).dump()) + ":";
      if (!nested(item)) {
        out += " " + scalar(item) + "\n";
        continue;
      }
      out += "\n";
      WriteYaml(item, item.is_array() ? indent : indent + "  ", out);
    }
    return;
  }
  for (const Json& item : value) {
    if (!nested(item)) {
      out += indent + "- " + scalar(item) + "\n";
      continue;
    }
    std::string block;
    WriteYaml(item, indent + "  ", block);
    block[indent.size()] = '-';
    out += block;
  }
}

}  // namespace

Json OpenApiSchema(const KindInfo& kind) {
  Json schema = Schema(*kind.fields, RulesOf(kind));
  schema["description"] = kind.description;
  Json& properties = schema["properties"];
  properties["apiVersion"] = {{"type", "string"},
                              {"description", "Version of this schema: " + kind.type.ApiVersion()}};
  properties["kind"] = {{"type", "string"}, {"description", "Always " + kind.type.kind}};
  properties["metadata"] = {{"type", "object"}};
  return schema;
}

Json CustomResourceDefinition(const KindInfo& kind) {
  const Json names = {{"kind", kind.type.kind},         {"listKind", kind.type.kind + "List"},
                      {"plural", kind.type.plural},     {"singular", kind.singular},
                      {"shortNames", kind.short_names}, {"categories", kind.categories}};
  const Json version = {{"name", kind.type.version},
                        {"served", true},
                        {"storage", true},
                        {"subresources", Subresources(kind)},
                        {"additionalPrinterColumns", Columns(kind)},
                        {"schema", {{"openAPIV3Schema", OpenApiSchema(kind)}}}};
  return {{"apiVersion", "apiextensions.k8s.io/v1"},
          {"kind", "CustomResourceDefinition"},
          {"metadata", {{"name", kind.type.plural + "." + kind.type.group}}},
          {"spec",
           {{"group", kind.type.group},
            {"names", names},
            {"scope", "Namespaced"},
            {"versions", Json::array({version})}}}};
}

std::string CustomResourceDefinitionYaml(const KindInfo& kind) {
  std::string out = "# Generated from src/api/fields/" + kind.type.kind +
                    ".tsv by `make gen-crds`; do not edit.\n";
  WriteYaml(CustomResourceDefinition(kind), "", out);
  return out;
}

}  // namespace vr::api
