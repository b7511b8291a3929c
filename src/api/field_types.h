// Which JSON values suit the type of a field.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "api/field_tree.h"

namespace vr::api {

bool HasType(const Field& field, const nlohmann::json& value);

// As in the API server's messages: "integer", "object,string".
const char* WantedType(const Field& field);
std::string TypeOf(const nlohmann::json& value);

// "spec.cpu in body must be of type integer: \"string\"".
std::string TypeProblem(const Field& field, const nlohmann::json& value, const std::string& path);

// A value of the wrong type somewhere in the object that `root` describes.
struct TypeMismatch {
  std::string path;
  std::string detail;
};
std::optional<TypeMismatch> FindTypeMismatch(const Field& root, const nlohmann::json& object);

}  // namespace vr::api
