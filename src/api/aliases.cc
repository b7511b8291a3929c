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
void Normalize(const Field& field, Json& value, const std::string& shown, AdmissionResult& result,
               std::vector<MovedAlias>& moved) {
  if (!field.normalize.empty()) {
    const Json given = value;
    const Normalized done = NormalizeValue(field.normalize, value);
    const std::string target = shown + "." + done.stands_for;
    if (done.warn) result.warnings.push_back(AliasWarning(shown, target));
    if (done.warn) moved.push_back({target, shown, given.dump()});
  }
  if (value.is_array() && field.items) {
    size_t index = 0;
    for (Json& item : value)
      Normalize(*field.items, item, shown + "[" + std::to_string(index++) + "]", result, moved);
  }
  if (!value.is_object()) return;
  for (const auto& property : field.properties) {
    const auto it = value.find(property->name);
    if (it == value.end()) continue;
    Normalize(*property, *it, shown.empty() ? property->name : shown + "." + property->name, result,
              moved);
  }
}

// Where an alias' value goes.
struct Destination {
  Json& base;            // the root, or the nearest list item
  std::string relative;  // path below base
  std::string absolute;  // path in the table
  std::string shown;     // path in the object
};

// The root, or a list item: canonical paths below it are looked up from there.
struct Scope {
  Json& value;
  std::string path;   // in the table
  std::string shown;  // in the object
};

// Moves aliases inside one object (and, recursively, below it).
class Mover {
 public:
  Mover(const Field& table, Json& root, AdmissionResult& result, std::vector<MovedAlias>& moved)
      : table_(table), root_(root), result_(result), moved_(moved) {}

  // `value` is the object that `field` describes.
  void Walk(const Field& field, Json& value, const Scope& scope, const std::string& shown) {
    if (value.is_array() && field.items) {
      size_t index = 0;
      for (Json& item : value) {
        const std::string path = shown + "[" + std::to_string(index++) + "]";
        Walk(*field.items, item, {item, field.items->path, path}, path);
      }
      return;
    }
    if (!value.is_object()) return;
    for (const auto& property : field.properties) {
      const auto it = value.find(property->name);
      if (it == value.end()) continue;
      const std::string path = shown.empty() ? property->name : shown + "." + property->name;
      Walk(*property, *it, scope, path);
      if (property->alias_of.empty()) continue;
      const Json alias = std::move(*it);
      value.erase(it);
      if (!alias.is_null()) Move(*property, alias, scope, path);
    }
  }

 private:
  void Move(const Field& field, const Json& value, const Scope& scope, const std::string& shown) {
    const size_t warning = result_.warnings.size();
    result_.warnings.push_back(AliasWarning(shown, field.alias_of));
    std::string problem = HasType(field, value) ? "" : TypeProblem(field, value, shown);
    if (problem.empty() && value.is_string())
      problem = FormatProblem(field.format, value.get_ref<const std::string&>());
    if (!problem.empty()) return Fail(shown, value, problem);
    given_ = &value;
    for (const std::string& target : {field.alias_of, field.also}) {
      if (target.empty()) continue;
      const bool local = !scope.path.empty() && target.starts_with(scope.path + ".");
      const std::string relative = local ? target.substr(scope.path.size() + 1) : target;
      MoveTo({local ? scope.value : root_, relative, target,
              local ? scope.shown + "." + relative : target},
             field.transform, value, shown);
    }
    if (!replaced_.empty())
      result_.warnings[warning] += ", whose default " + replaced_ + " gives way";
    replaced_.clear();
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
    Put({to.base, sibling(to.relative), sibling(to.absolute), sibling(to.shown)}, prefix, shown);
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
    Merge((*at)[rest], std::move(value), to, shown);
  }

  // An API server has filled in defaults before we see the object, so a canonical field that has
  // its default gives way to an alias; what another alias has set does not.
  void Merge(Json& slot, Json value, const Destination& to, const std::string& shown) {
    if (value.is_object() && (slot.is_object() || slot.is_null())) {
      if (slot.is_null()) slot = Json::object();
      for (auto& [key, item] : value.items()) {
        Merge(slot[key], std::move(item),
              {to.base, to.relative, to.absolute + "." + key, to.shown + "." + key},
              shown + "." + key);
      }
      return;
    }
    const Field* field = table_.Find(to.absolute);
    const auto other = std::find_if(moved_.begin(), moved_.end(),
                                    [&](const MovedAlias& one) { return one.to == to.shown; });
    const bool is_default = other == moved_.end() && field != nullptr && field->default_value &&
                            slot == *field->default_value;
    const bool same =
        slot.is_null() || (field != nullptr ? SameValue(*field, slot, value) : slot == value);
    if (!same && !is_default) {
      const std::string& first = other == moved_.end() ? to.shown : other->from;
      return Fail(shown, given_->is_structured() ? value : *given_,
                  "differs from " + first + ", which is the same field; set one of them");
    }
    if (!same) replaced_ = slot.is_string() ? slot.get<std::string>() : slot.dump();
    moved_.push_back({to.shown, shown, given_->is_structured() ? value.dump() : given_->dump()});
    slot = std::move(value);
  }

  void Fail(const std::string& path, const Json& value, std::string detail) {
    result_.errors.push_back({FieldErrorType::kInvalid, path, value.dump(), std::move(detail)});
  }

  const Field& table_;
  Json& root_;
  AdmissionResult& result_;
  std::vector<MovedAlias>& moved_;
  const Json* given_ = nullptr;  // the alias' value as the user wrote it
  std::string replaced_;         // a default that the alias has replaced
};

}  // namespace

Json Canonical(const KindInfo& kind, const Json& object, AdmissionResult& result,
               std::vector<MovedAlias>* moved) {
  Json canonical = object;
  if (!canonical.is_object()) return canonical;
  std::vector<MovedAlias> unused;
  std::vector<MovedAlias>& all = moved == nullptr ? unused : *moved;
  Normalize(*kind.fields, canonical, "", result, all);
  Mover(*kind.fields, canonical, result, all)
      .Walk(*kind.fields, canonical, {canonical, "", ""}, "");
  return canonical;
}

}  // namespace vr::api
