// The values of documented spellings in terms of the canonical fields.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "api/field_tree.h"

namespace vr::api {

// A value that an alias, or a short form, has put elsewhere; both are paths in the object.
struct MovedAlias {
  std::string to;
  std::string from;
  std::string value;  // JSON text, as the user wrote it
};

// The canonical value of an alias' value, by the table's transform=. `value` has the alias' type.
// Sets `problem` when there is none.
nlohmann::json TransformAlias(const std::string& transform, const nlohmann::json& value,
                              std::string& problem);

// Whether two values of the field mean the same: 2Gi and 2048Mi, 7d and 168h.
bool SameValue(const Field& field, const nlohmann::json& a, const nlohmann::json& b);

// Other spellings of a canonical field's own value, by the table's normalize=. Returns the part
// below the field that the short form stands for ("cronSpec", "" for the field itself), or nothing
// when the value was the usual one already.
struct Normalized {
  bool changed = false;
  bool warn = false;  // a documented short form; a mere difference in case is not
  std::string stands_for;
};
Normalized NormalizeValue(const std::string& normalize, nlohmann::json& value);

}  // namespace vr::api
