#include <nlohmann/json.hpp>

#include "api/kinds.h"

namespace vr::api {
namespace {

std::string TypeName(const Field& field) {
  switch (field.type) {
    case FieldType::kObject:
    case FieldType::kAnyObject:
      return "object";
    case FieldType::kMap:
      return "map";
    case FieldType::kArray:
      return "list";
    case FieldType::kString:
      return "string";
    case FieldType::kInteger:
      return "integer";
    case FieldType::kNumber:
      return "number";
    case FieldType::kBoolean:
      return "boolean";
    case FieldType::kIntOrString:
      return "quantity";
    case FieldType::kBooleanOrString:
      return "string or boolean";
    case FieldType::kObjectOrString:
      return "object or string";
    case FieldType::kObjectOrBoolean:
      return "object or boolean";
    case FieldType::kObjectOrArray:
      return "object or list";
  }
  return "object";
}

std::string Limits(const Field& field) {
  std::string out;
  const auto add = [&](const std::string& part) { out += (out.empty() ? "" : ", ") + part; };
  const auto show = [](double value) { return nlohmann::json(static_cast<int64_t>(value)).dump(); };
  if (field.required) add("**required**");
  if (field.enumeration) {
    std::string values;
    for (const auto& value : *field.enumeration)
      values += (values.empty() ? "" : " ") +
                (value.is_string() ? value.get<std::string>() : value.dump());
    add("one of " + values);
  }
  if (field.minimum || field.maximum)
    add((field.minimum ? show(*field.minimum) : "") + ".." +
        (field.maximum ? show(*field.maximum) : ""));
  if (field.max_length) add("at most " + std::to_string(*field.max_length) + " characters");
  if (field.max_items) add("at most " + std::to_string(*field.max_items) + " items");
  if (field.default_value)
    add("default " + (field.default_value->is_string() ? field.default_value->get<std::string>()
                                                       : field.default_value->dump()));
  return out;
}

void Rows(const Field& field, std::string& out) {
  if (!field.path.empty()) {
    out += "| `" + field.path + "` | " + TypeName(field) + " | " + Limits(field) + " | " +
           field.description + " |\n";
  }
  for (const auto& property : field.properties) Rows(*property, out);
  if (field.items) Rows(*field.items, out);
  if (field.values) Rows(*field.values, out);
}

}  // namespace

std::string ReferenceMarkdown() {
  std::string out =
      "# API reference\n\nGenerated from `src/api/fields/` by `make gen-crds`; do not edit.\n\nAll "
      "kinds: group `" +
      std::string(kGroup) + "`, version `" + kVersion + "`, namespaced.\n";
  for (const KindInfo& kind : AllKinds()) {
    out += "\n## " + kind.type.kind + "\n\n" + kind.description + " Plural `" + kind.type.plural +
           "`, short `" + kind.short_names.front() +
           "`.\n\n| Field | Type | Limits | Meaning |\n|---|---|---|---|\n";
    Rows(*kind.fields, out);
  }
  return out;
}

}  // namespace vr::api
