#include "api/field_types.h"

#include <nlohmann/json.hpp>

namespace vr::api {
namespace {

using Json = nlohmann::json;

std::optional<TypeMismatch> Mismatch(const Field& field, const Json& value,
                                     const std::string& path) {
  if (value.is_null()) return std::nullopt;
  if (!HasType(field, value)) return TypeMismatch{path, TypeProblem(field, value, path)};
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) {
      const Field* known = field.values ? field.values.get() : field.Property(key);
      if (known == nullptr) continue;
      std::string below = path;
      below += (path.empty() ? "" : ".") + key;
      if (auto found = Mismatch(*known, member, below)) return found;
    }
  }
  if (value.is_array() && field.items) {
    size_t index = 0;
    for (const Json& item : value) {
      if (auto found = Mismatch(*field.items, item, path + "[" + std::to_string(index++) + "]"))
        return found;
    }
  }
  return std::nullopt;
}

}  // namespace

const char* WantedType(const Field& field) {
  switch (field.type) {
    case FieldType::kObject:
    case FieldType::kMap:
    case FieldType::kAnyObject:
      return "object";
    case FieldType::kArray:
      return "array";
    case FieldType::kString:
      return "string";
    case FieldType::kInteger:
      return "integer";
    case FieldType::kNumber:
      return "number";
    case FieldType::kBoolean:
      return "boolean";
    case FieldType::kIntOrString:
      return "integer,string";
    case FieldType::kBooleanOrString:
      return "boolean,string";
    case FieldType::kObjectOrString:
      return "object,string";
    case FieldType::kObjectOrBoolean:
      return "object,boolean";
    case FieldType::kObjectOrArray:
      return "object,array";
  }
  return "object";
}

bool HasType(const Field& field, const Json& value) {
  switch (field.type) {
    case FieldType::kObject:
    case FieldType::kMap:
    case FieldType::kAnyObject:
      return value.is_object();
    case FieldType::kArray:
      return value.is_array();
    case FieldType::kString:
      return value.is_string();
    case FieldType::kInteger:
      return value.is_number_integer();
    case FieldType::kNumber:
      return value.is_number();
    case FieldType::kBoolean:
      return value.is_boolean();
    case FieldType::kIntOrString:
      return value.is_number_integer() || value.is_string();
    case FieldType::kBooleanOrString:
      return value.is_boolean() || value.is_string();
    case FieldType::kObjectOrString:
      return value.is_object() || value.is_string() ||
             (field.normalize == "proxmox-template" && value.is_number_integer() && value > 0);
    case FieldType::kObjectOrBoolean:
      return value.is_object() || value.is_boolean();
    case FieldType::kObjectOrArray:
      return value.is_object() || value.is_array();
  }
  return false;
}

std::string TypeOf(const Json& value) {
  if (value.is_number_integer()) return "integer";
  if (value.is_number()) return "number";
  return value.type_name();
}

std::string TypeProblem(const Field& field, const Json& value, const std::string& path) {
  return path + " in body must be of type " + WantedType(field) + ": \"" + TypeOf(value) + "\"";
}

std::optional<TypeMismatch> FindTypeMismatch(const Field& root, const Json& object) {
  return Mismatch(root, object, "");
}

}  // namespace vr::api
