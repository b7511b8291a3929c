// The field table of a kind as a tree. Everything else in this room walks it.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vr::api {

enum class FieldType {
  kObject,
  kArray,
  kMap,
  kString,
  kInteger,
  kNumber,
  kBoolean,
  kIntOrString,      // quantities
  kBooleanOrString,  // unquoted On and Off of YAML 1.1
  kObjectOrString,   // these three: a documented short form
  kObjectOrBoolean,
  kObjectOrArray,
  kAnyObject,  // an object whose members are not described
};

// One field. Immutable once parsed; lives as long as the program.
struct Field {
  std::string name;  // "" for items and values
  std::string path;  // "spec.disks[].name"
  FieldType type = FieldType::kObject;
  bool required = false;
  std::string description;
  std::string format;   // int32, int64, date-time, duration, ip, cidr, ...: see formats.h
  std::string pattern;  // ECMAScript, as in OpenAPI
  std::function<bool(const std::string&)> matches;  // the pattern, compiled; null without one
  std::optional<double> minimum, maximum;
  std::optional<size_t> min_length, max_length, min_items, max_items;
  std::optional<size_t> min_properties, max_properties;
  std::shared_ptr<const nlohmann::json> enumeration;  // an array, or null
  bool closed_choice = false;  // `enumeration` came from choices=: shown as allOf, not as enum
  std::shared_ptr<const nlohmann::json> default_value;  // or null
  std::shared_ptr<const nlohmann::json> extensions;     // x-kubernetes-* of the schema, or null
  std::string alias_of;   // path of the canonical field; empty for a canonical one
  std::string also;       // a second canonical field of the same alias
  std::string transform;  // how an alias' value becomes the canonical one
  std::string normalize;  // how other spellings of a canonical field's value become the usual one
  std::string refused;    // a documented field that we refuse: what to use instead
  std::vector<std::unique_ptr<Field>> properties;  // in alphabetical order
  std::unique_ptr<Field> items;                    // of arrays
  std::unique_ptr<Field> values;                   // of maps

  const Field* Property(std::string_view property) const;
  // The field at a path below this one ("disks[].name"), or nullptr.
  const Field* Find(std::string_view relative_path) const;
  bool preserves_unknown() const { return type == FieldType::kAnyObject; }
};

// Gives the text of another table, for like="Name"; "" if there is none.
using TableSource = std::function<std::string_view(std::string_view name)>;

// Parses the text of fields/<Kind>.tsv. A row with like="Name" or like="Name:path" has the members
// of that table (of its field at path); like=":path" those of another row of the same table. Below
// an alias the members are optional and have no defaults: they are the canonical field's. kInternal
// names the line of a mistake: a test parses every table.
Result<std::unique_ptr<Field>> ParseFieldTable(std::string_view text,
                                               const TableSource& tables = nullptr);

}  // namespace vr::api
