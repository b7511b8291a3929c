// JSON types of well-known fields, and the API server's words for what does not fit them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/resource.h"
#include "controlplane/status.h"

namespace vr::controlplane {

enum class JsonShape {
  kText,
  kInteger,
  kLong,
  kBoolean,
  kObject,
  kList,
  kTextList,
  kTextMap,
  kBytesMap
};

// "json: cannot unmarshal number into Go struct field ConfigMap.data of type string", or "" if the
// value fits (null always does). `field` is "ConfigMap.data".
std::string ShapeProblem(const Json& value, JsonShape shape, const std::string& field);

// The same with the name of a type that a shape alone does not tell; "" stays "".
std::string OfType(const std::string& problem, const std::string& type);

// Why metadata or one of its fields has the wrong type, or "".
std::string MetaTypeProblem(const Json& object);
// A failure if metadata or one of its fields has the wrong type.
std::optional<Failure> CheckMetaTypes(const Resource& resource, const Json& object);

// Removes what is no field of metadata, and what is empty; returns the paths of the former
// ("metadata.colour").
std::vector<std::string> PruneMeta(Json& object);

// The paths of members that come more than once in a JSON text, of which the last one counts.
std::vector<std::string> DuplicateFields(const std::string& text);

// Why a text is no JSON: "unexpected end of JSON input", for one.
std::string ParseProblem(std::string_view text);

}  // namespace vr::controlplane
