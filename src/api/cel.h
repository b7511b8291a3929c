// Expressions about our fields in the language of a CRD's validation rules, with every documented
// spelling taken into account.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/field_tree.h"

namespace vr::api {

// Builds expressions for the schema at `scope`, a path in the table ("" for the whole object).
// Paths given are absolute table paths below it, without further list items. nullopt: the field has
// no type in the schema, and rules of a cluster cannot see it.
class CelFields {
 public:
  CelFields(const Field& table, std::string scope) : table_(table), scope_(std::move(scope)) {}

  // Whether the field is set. `self` is "self", "oldSelf" or the variable of a macro.
  std::optional<std::string> Has(const std::string& self, const std::string& path) const;
  // The value of a string field, "" if it is not set.
  std::optional<std::string> Text(const std::string& self, const std::string& path) const;
  // The value of a field, `otherwise` if it is not set.
  std::optional<std::string> Value(const std::string& self, const std::string& path,
                                   const std::string& otherwise) const;
  // Whether the field has the same value in self and oldSelf; to be used where it is set.
  std::optional<std::string> Same(const std::string& path) const;

  // Whether the field is set in this very spelling.
  std::optional<std::string> HasOne(const std::string& self, const std::string& path) const;

  // Below scope, escaped where CEL needs it: ".spec.template".
  std::string Select(const std::string& path) const;

 private:
  std::vector<std::string> Spellings(const std::string& path, bool with_parts) const;

  const Field& table_;
  std::string scope_;
};

// A string literal.
std::string CelQuoted(const std::string& text);

}  // namespace vr::api
