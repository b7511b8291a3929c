// Documented spellings, moved to their canonical fields. The user's object is never changed: this
// works on a copy.
#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "api/admission.h"
#include "api/alias_values.h"
#include "api/field_types.h"
#include "api/formats.h"
#include "api/kinds.h"

namespace vr::api {
namespace {

std::string AliasWarning(const std::string& shown, const std::string& canonical) {
  return shown + ": this spelling is an alias; the field is " + canonical;
}

// Replaces short forms of canonical fields: before aliases move, so that they find an object.
void Normalize(const Field& field, Json& value, const std::string& shown, AdmissionResult& result) {
  if (!field.normalize.empty()) {
    const Normalized done = NormalizeValue(field.normalize, value);
    if (done.warn) result.warnings.push_back(AliasWarning(shown, shown + "." + done.stands_for));
  }
  if (value.is_array() && field.items) {
    size_t index = 0;
    for (Json& item : value)
      Normalize(*field.items, item, shown + "[" + std::to_string(index++) + "]", result);
  }
  if (!value.is_object()) return;
  for (const auto& property : field.properties) {
    const auto it = value.find(property->name);
    if (it == value.end()) continue;
    Normalize(*property, *it, shown.empty() ? property->name : shown + "." + property->name,
              result);
  }
}

// Where an alias' value goes.
struct Destination {
  Json& base;            // the root, or the nearest list item
  std::string relative;  // path below base
  std::string absolute;  // path in the table
};

// Moves aliases inside one object (and, recursively, below it).
class Mover {
 public:
  Mover(const Field& table, Json& root, AdmissionResult& result)
      : table_(table), root_(root), result_(result) {}

  // `value` is the object that `field` describes; `scope` the nearest list item (or the root) and
  // `scope_path` its path in the table: canonical paths are looked up from there.
  void Walk(const Field& field, Json& value, Json& scope, const std::string& scope_path,
            const std::string& shown) {
    if (value.is_array() && field.items) {
      size_t index = 0;
      for (Json& item : value)
        Walk(*field.items, item, item, field.items->path,
             shown + "[" + std::to_string(index++) + "]");
      return;
    }
    if (!value.is_object()) return;
    for (const auto& property : field.properties) {
      const auto it = value.find(property->name);
      if (it == value.end()) continue;
      const std::string path = shown.empty() ? property->name : shown + "." + property->name;
      Walk(*property, *it, scope, scope_path, path);
      if (property->alias_of.empty()) continue;
      const Json alias = std::move(*it);
      value.erase(it);
      if (!alias.is_null()) Move(*property, alias, scope, scope_path, path);
    }
  }

 private:
  void Move(const Field& field, const Json& value, Json& scope, const std::string& scope_path,
            const std::string& shown) {
    result_.warnings.push_back(AliasWarning(shown, field.alias_of));
    std::string problem = HasType(field, value) ? "" : TypeProblem(field, value, shown);
    if (problem.empty() && value.is_string())
      problem = FormatProblem(field.format, value.get_ref<const std::string&>());
    if (!problem.empty()) return Fail(shown, value, problem);
    for (const std::string& target : {field.alias_of, field.also}) {
      if (target.empty()) continue;
      const bool local = !scope_path.empty() && target.starts_with(scope_path + ".");
      MoveTo({local ? scope : root_, local ? target.substr(scope_path.size() + 1) : target, target},
             field.transform, value, shown);
    }
  }

  void MoveTo(const Destination& to, const std::string& transform, const Json& value,
              const std::string& shown) {
    if (transform == "cidr") return MoveCidr(to, value.get<std::string>(), shown);
    std::string problem;
    Json canonical = TransformAlias(transform, value, problem);
    if (!problem.empty()) return Fail(shown, value, problem);
    Put(to, std::move(canonical), shown);
    if (transform == "per-host") SwitchOn(to);
  }

  // A limit of a rule that says nothing about being on or off is meant to hold.
  static void SwitchOn(const Destination& to) {
    std::string pointer = "/" + to.relative.substr(0, to.relative.rfind('.'));
    std::replace(pointer.begin(), pointer.end(), '.', '/');
    Json& rule = to.base[Json::json_pointer(pointer)];
    if (rule.is_object() && !rule.contains("enabled")) rule["enabled"] = true;
  }

  // "192.0.2.10/24" -> ipAddress and prefix.
  void MoveCidr(const Destination& to, const std::string& text, const std::string& shown) {
    const size_t slash = text.find('/');
    Put(to, text.substr(0, slash), shown);
    if (slash == std::string::npos) return;
    int prefix = 0;
    std::from_chars(text.data() + slash + 1, text.data() + text.size(), prefix);
    const auto sibling = [](const std::string& path) {
      const size_t dot = path.rfind('.');
      return (dot == std::string::npos ? "" : path.substr(0, dot + 1)) + "prefix";
    };
    Put({to.base, sibling(to.relative), sibling(to.absolute)}, prefix, shown);
  }

  void Put(const Destination& to, Json value, const std::string& shown) {
    Json* at = &to.base;
    std::string rest = to.relative;
    for (size_t dot = rest.find('.'); dot != std::string::npos; dot = rest.find('.')) {
      at = &(*at)[rest.substr(0, dot)];
      if (!at->is_object() && !at->is_null())
        return Fail(shown, value, "cannot be set together with this value of " + to.absolute);
      rest.erase(0, dot + 1);
    }
    Merge((*at)[rest], std::move(value), to.absolute, shown);
  }

  // An API server has filled in defaults before we see the object, so a canonical field that has
  // its default gives way to an alias.
  void Merge(Json& slot, Json value, const std::string& absolute, const std::string& shown) {
    if (slot.is_object() && value.is_object()) {
      for (auto& [key, item] : value.items())
        Merge(slot[key], std::move(item), absolute + "." + key, shown + "." + key);
      return;
    }
    const Field* field = table_.Find(absolute);
    const bool is_default =
        field != nullptr && field->default_value && slot == *field->default_value;
    if (!slot.is_null() && slot != value && !is_default)
      return Fail(shown, value,
                  "differs from " + absolute + ", which is the same field; set one of them");
    slot = std::move(value);
  }

  void Fail(const std::string& path, const Json& value, std::string detail) {
    result_.errors.push_back({FieldErrorType::kInvalid, path, value.dump(), std::move(detail)});
  }

  const Field& table_;
  Json& root_;
  AdmissionResult& result_;
};

}  // namespace

Json Canonical(const KindInfo& kind, const Json& object, AdmissionResult& result) {
  Json canonical = object;
  if (!canonical.is_object()) return canonical;
  Normalize(*kind.fields, canonical, "", result);
  Mover(*kind.fields, canonical, result).Walk(*kind.fields, canonical, canonical, "", "");
  return canonical;
}

}  // namespace vr::api
