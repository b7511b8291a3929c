#include "controlplane/typed_config.h"

#include <nlohmann/json.hpp>

namespace vr::controlplane {
namespace {

using api::Field;
using api::FieldType;
using Json = nlohmann::json;

// Values as Go's %v prints them, which is what the API server shows.
std::string Plain(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_structured()) return value.is_null() ? "<nil>" : value.dump();
  std::string text;
  for (const auto& [key, item] : value.items())
    text += (text.empty() ? "" : " ") + (value.is_object() ? key + ":" : "") + Plain(item);
  return value.is_object() ? "map[" + text + "]" : "[" + text + "]";
}

std::string TypeName(const Json& value) {
  if (value.is_string()) return "string";
  if (value.is_boolean()) return "bool";
  if (value.is_number_integer()) return "int64";
  if (value.is_number()) return "float64";
  return value.is_object() ? "map[string]interface {}" : "[]interface {}";
}

// The same as %#v prints them.
std::string Syntax(const Json& value) {
  if (!value.is_structured()) return value.dump();
  std::string text;
  for (const auto& [key, item] : value.items())
    text += (text.empty() ? "" : ", ") + (value.is_object() ? Json(key).dump() + ":" : "") +
            Syntax(item);
  return TypeName(value) + "{" + text + "}";
}

class Check {
 public:
  void Visit(const Field& field, const Json& value, const std::string& path) {
    if (value.is_null()) return;
    switch (field.type) {
      case FieldType::kObject:
      case FieldType::kMap:
        if (value.is_object()) return Members(field, value, path);
        return Report(path, "expected map, got &{" + Plain(value) + "}");
      case FieldType::kArray:
        if (!value.is_array()) return Report(path, "expected list, got &{" + Plain(value) + "}");
        for (size_t i = 0; i < value.size(); ++i)
          Visit(*field.items, value[i], path + "[" + std::to_string(i) + "]");
        return;
      case FieldType::kString:
        if (!value.is_string()) Report(path, "expected string, got " + Wrapped(value));
        return;
      case FieldType::kBoolean:
        if (!value.is_boolean()) Report(path, "expected boolean, got " + Wrapped(value));
        return;
      case FieldType::kInteger:
      case FieldType::kNumber:
        if (!value.is_number())
          Report(path, "expected numeric (int or float), got " + TypeName(value));
        return;
      case FieldType::kIntOrString:
      case FieldType::kBooleanOrString:
      case FieldType::kObjectOrString:
      case FieldType::kObjectOrBoolean:
      case FieldType::kObjectOrArray:
      case FieldType::kAnyObject:
        return;  // their schemas have no type; admission checks them
    }
  }
  std::vector<std::string> Take() { return std::move(found_); }

 private:
  void Members(const Field& field, const Json& object, const std::string& path) {
    for (const auto& [key, value] : object.items()) {
      if (path.empty() && (key == "apiVersion" || key == "kind" || key == "metadata")) continue;
      const Field* member = field.values ? field.values.get() : field.Property(key);
      const std::string below = path + "." + key;
      if (member != nullptr) {
        Visit(*member, value, below);
      } else {
        Report(below, "field not declared in schema");
      }
    }
  }
  static std::string Wrapped(const Json& value) {
    return "&value.valueUnstructured{Value:" + Syntax(value) + "}";
  }
  void Report(const std::string& path, const std::string& why) {
    found_.push_back(path + ": " + why);
  }

  std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> ConfigProblems(const Field& root, const Json& config) {
  Check check;
  check.Visit(root, config, "");
  return check.Take();
}

}  // namespace vr::controlplane
