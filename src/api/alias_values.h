// The values of documented spellings in terms of the canonical fields.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace vr::api {

// The canonical value of an alias' value, by the table's transform=. `value` has the alias' type.
// Sets `problem` when there is none.
nlohmann::json TransformAlias(const std::string& transform, const nlohmann::json& value,
                              std::string& problem);

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
