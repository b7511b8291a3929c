#include "api/admission.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/alias_values.h"
#include "api/field_types.h"
#include "api/formats.h"
#include "api/kinds.h"
#include "api/rules.h"
#include "base/quantity.h"

namespace vr::api {
namespace {

std::string Join(const std::string& path, const std::string& name) {
  return path.empty() ? name : path + "." + name;
}

size_t Utf8Length(const std::string& text) {
  size_t length = 0;
  for (const char c : text) length += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
  return length;
}

// Walks value and field together and collects what does not fit.
class SchemaCheck {
 public:
  explicit SchemaCheck(std::vector<FieldError>& errors) : errors_(errors) {}

  void Check(const Field& field, const Json& value, const std::string& path) {
    if (!field.refused.empty()) {
      Add(FieldErrorType::kForbidden, path, Json(), field.refused);
      return;
    }
    if (!HasType(field, value)) {
      Add(FieldErrorType::kTypeInvalid, path, TypeOf(value), TypeProblem(field, value, path));
      if (field.type == FieldType::kIntOrString) AddAlternatives(value, path);
      return;
    }
    Scalar(field, value, path);
    if (value.is_object()) Members(field, value, path);
    if (value.is_array()) Items(field, value, path);
  }

 private:
  void Add(FieldErrorType type, const std::string& path, const Json& value, std::string detail) {
    constexpr size_t kMaxErrors = 100;
    if (errors_.size() < kMaxErrors)
      errors_.push_back({type, path, value.is_null() ? "" : value.dump(), std::move(detail)});
  }

  // A schema of alternatives is reported once more, with the first of them.
  void AddAlternatives(const Json& value, const std::string& path) {
    Add(FieldErrorType::kInvalid, "<nil>", "",
        Json(path).dump() + " must validate at least one schema (anyOf)");
    Add(FieldErrorType::kTypeInvalid, path, TypeOf(value),
        path + " in body must be of type integer: \"" + TypeOf(value) + "\"");
  }

  void Scalar(const Field& field, const Json& value, const std::string& path) {
    if (field.enumeration && std::find(field.enumeration->begin(), field.enumeration->end(),
                                       value) == field.enumeration->end()) {
      std::string values;
      for (const Json& item : *field.enumeration)
        values +=
            (values.empty() ? "" : ", ") + (item.is_string() ? item : Json(item.dump())).dump();
      Add(FieldErrorType::kNotSupported, path, value, "supported values: " + values);
    }
    if (value.is_number()) Number(field, value, path);
    if (value.is_string()) Text(field, value, path);
  }

  void Number(const Field& field, const Json& value, const std::string& path) {
    const double number = value.get<double>();
    const auto show = [](double limit) { return Json(static_cast<int64_t>(limit)).dump(); };
    if (field.minimum && number < *field.minimum) {
      Add(FieldErrorType::kInvalid, path, value,
          path + " in body should be greater than or equal to " + show(*field.minimum));
    }
    if (field.maximum && number > *field.maximum) {
      Add(FieldErrorType::kInvalid, path, value,
          path + " in body should be less than or equal to " + show(*field.maximum));
    }
    const bool bounded = field.minimum && field.maximum;  // which says it already
    if (!bounded && field.format == "int32" && (number > INT32_MAX || number < INT32_MIN)) {
      Add(FieldErrorType::kInvalid, path, value,
          path + " in body must be of type int32: " + value.dump());
    }
  }

  void Text(const Field& field, const Json& value, const std::string& path) {
    const auto& text = value.get_ref<const std::string&>();
    const size_t length = Utf8Length(text);
    if (field.min_length && length < *field.min_length) {
      Add(FieldErrorType::kInvalid, path, value,
          path + " in body should be at least " + std::to_string(*field.min_length) +
              " chars long");
    }
    if (field.max_length && length > *field.max_length) {
      Add(FieldErrorType::kTooLong, path, Json(),
          "may not be more than " + std::to_string(*field.max_length) + " bytes");
      return;
    }
    constexpr size_t kMaxForRegex = 4096;  // std::regex recurses once per character
    if (field.matches && (text.size() > kMaxForRegex || !field.matches(text))) {
      Add(FieldErrorType::kInvalid, path, value,
          path + " in body should match '" + field.pattern + "'");
    }
    if (field.type == FieldType::kIntOrString && field.pattern.empty() && field.format.empty()) {
      if (const auto quantity = Quantity::Parse(text); !quantity)
        Add(FieldErrorType::kInvalid, path, value, quantity.error().message);
    }
    const std::string problem = FormatProblem(field.format, text);
    if (problem.empty()) return;
    if (field.format == "date-time") {  // the only one of these that schemas have too
      Add(FieldErrorType::kTypeInvalid, path, value,
          path + " in body must be of type date-time: " + value.dump());
    } else {
      Add(FieldErrorType::kInvalid, path, value, problem);
    }
  }

  void Members(const Field& field, const Json& value, const std::string& path) {
    for (const auto& property : field.properties) {
      const auto it = value.find(property->name);
      if (it != value.end() && !it->is_null()) {
        Check(*property, *it, Join(path, property->name));
      } else if (property->required) {
        Add(FieldErrorType::kRequired, Join(path, property->name), Json(), "");
      }
    }
    if (field.min_properties && value.size() < *field.min_properties) {
      Add(FieldErrorType::kInvalid, path, value.size(),
          path + " in body should have at least " + std::to_string(*field.min_properties) +
              " properties");
    }
    if (!field.values) return;
    if (field.max_properties && value.size() > *field.max_properties) {
      Add(FieldErrorType::kTooMany, path, value.size(),
          "must have at most " + std::to_string(*field.max_properties) + " items");
    }
    for (const auto& [key, item] : value.items()) Check(*field.values, item, Join(path, key));
  }

  void Items(const Field& field, const Json& value, const std::string& path) {
    if (field.min_items && value.size() < *field.min_items) {
      Add(FieldErrorType::kInvalid, path, value.size(),
          path + " in body should have at least " + std::to_string(*field.min_items) + " items");
    }
    if (field.max_items && value.size() > *field.max_items) {
      Add(FieldErrorType::kTooMany, path, value.size(),
          "must have at most " + std::to_string(*field.max_items) + " items");
    }
    if (!field.items) return;
    size_t index = 0;
    for (const Json& item : value)
      Check(*field.items, item, path + "[" + std::to_string(index++) + "]");
  }

  std::vector<FieldError>& errors_;
};

void Prune(const Field& field, Json& value, const std::string& path, bool is_root,
           std::vector<std::string>& removed) {
  if (value.is_array() && field.items) {
    size_t index = 0;
    for (Json& item : value)
      Prune(*field.items, item, path + "[" + std::to_string(index++) + "]", false, removed);
    return;
  }
  if (!value.is_object() || field.preserves_unknown()) return;
  for (auto it = value.begin(); it != value.end();) {
    const Field* known = field.values ? field.values.get() : field.Property(it.key());
    const bool standard =
        is_root && (it.key() == "apiVersion" || it.key() == "kind" || it.key() == "metadata");
    if (known == nullptr && !standard) {
      removed.push_back(Join(path, it.key()));
      it = value.erase(it);
      continue;
    }
    if (known != nullptr) Prune(*known, *it, Join(path, it.key()), false, removed);
    ++it;
  }
}

void Default(const Field& field, Json& value) {
  if (value.is_object()) {
    for (const auto& property : field.properties) {
      // No field of ours may be null: one that is counts as missing.
      if (const auto it = value.find(property->name); it != value.end() && it->is_null())
        value.erase(it);
      if (property->default_value && !value.contains(property->name))
        value[property->name] = *property->default_value;
      if (const auto now = value.find(property->name); now != value.end()) Default(*property, *now);
    }
    if (field.values) {
      for (Json& item : value) Default(*field.values, item);
    }
  } else if (value.is_array() && field.items) {
    for (Json& item : value) Default(*field.items, item);
  }
}

}  // namespace

std::string FieldError::Message() const {
  const std::string value = bad_value.empty() ? "" : bad_value + ": ";
  switch (type) {
    case FieldErrorType::kRequired:
      return path + ": Required value" + (detail.empty() ? "" : ": " + detail);
    case FieldErrorType::kInvalid:
    case FieldErrorType::kTypeInvalid:
      return path + ": Invalid value: " + value + detail;
    case FieldErrorType::kNotSupported:
      return path + ": Unsupported value: " + value + detail;
    case FieldErrorType::kForbidden:
      return path + ": Forbidden: " + detail;
    case FieldErrorType::kDuplicate:
      return path + ": Duplicate value: " + bad_value;
    case FieldErrorType::kTooLong:
      return path + ": Too long: " + detail;
    case FieldErrorType::kTooMany:
      return path + ": Too many: " + value + detail;
  }
  return path + ": " + detail;
}

std::string FieldError::Reason() const {
  switch (type) {
    case FieldErrorType::kRequired:
      return "FieldValueRequired";
    case FieldErrorType::kInvalid:
      return "FieldValueInvalid";
    case FieldErrorType::kTypeInvalid:
      return "FieldValueTypeInvalid";
    case FieldErrorType::kNotSupported:
      return "FieldValueNotSupported";
    case FieldErrorType::kForbidden:
      return "FieldValueForbidden";
    case FieldErrorType::kDuplicate:
      return "FieldValueDuplicate";
    case FieldErrorType::kTooLong:
      return "FieldValueTooLong";
    case FieldErrorType::kTooMany:
      return "FieldValueTooMany";
  }
  return "FieldValueInvalid";
}

std::vector<std::string> PruneUnknown(const KindInfo& kind, Json& object) {
  std::vector<std::string> removed;
  Prune(*kind.fields, object, "", true, removed);
  return removed;
}

void ApplyDefaults(const KindInfo& kind, Json& object) { Default(*kind.fields, object); }

namespace {

// What makes the API server leave out rules that span fields; it says so in the same words.
bool KeepsRulesFromBeingChecked(const FieldError& error) {
  switch (error.type) {
    case FieldErrorType::kRequired:
    case FieldErrorType::kNotSupported:
    case FieldErrorType::kTypeInvalid:
    case FieldErrorType::kTooLong:
    case FieldErrorType::kTooMany:
      return true;
    case FieldErrorType::kInvalid:
    case FieldErrorType::kForbidden:
    case FieldErrorType::kDuplicate:
      return false;
  }
  return true;
}

// Users have written the alias, so that is what an error names. Whether one is concerned.
bool BlameAlias(const std::vector<MovedAlias>& moved, FieldError& error) {
  for (const MovedAlias& alias : moved) {
    const bool whole = error.path == alias.to;
    if (!whole && !error.path.starts_with(alias.to + "[")) continue;
    const std::string path = alias.from + error.path.substr(alias.to.size());
    if (error.detail.starts_with(error.path + " in body"))
      error.detail.replace(0, error.path.size(), path);
    if (whole && !error.bad_value.empty()) error.bad_value = alias.value;
    error.path = path;
    return true;
  }
  return false;
}

bool Names(const std::vector<FieldError>& errors, const std::string& path) {
  return std::any_of(errors.begin(), errors.end(),
                     [&](const FieldError& one) { return one.path == path; });
}

}  // namespace

AdmissionResult Validate(const KindInfo& kind, const Json* old_object, const Json& object,
                         const std::vector<FieldError>& found) {
  AdmissionResult result;
  SchemaCheck(result.errors).Check(*kind.fields, object, "");
  if (std::any_of(found.begin(), found.end(), KeepsRulesFromBeingChecked) ||
      std::any_of(result.errors.begin(), result.errors.end(), KeepsRulesFromBeingChecked)) {
    result.errors.push_back({FieldErrorType::kInvalid, "<nil>", "null",
                             "some validation rules were not checked because the object was "
                             "invalid; correct the existing errors to complete validation"});
    return result;
  }
  AdmissionResult aliases;
  std::vector<MovedAlias> moved;
  const Json canonical = Canonical(kind, object, aliases, &moved);
  // What an alias has moved must suit the field that it is moved to.
  if (aliases.ok() && result.ok() && canonical != object)
    SchemaCheck(aliases.errors).Check(*kind.fields, canonical, "");
  AdmissionResult rules;
  if (aliases.ok()) CheckRules(kind, old_object, canonical, rules);
  result.warnings = std::move(aliases.warnings);
  result.warnings.insert(result.warnings.end(), rules.warnings.begin(), rules.warnings.end());
  // One finding for an alias is enough: the schema may have said it already.
  const std::vector<FieldError> before = result.errors;
  for (FieldError& error : aliases.errors) {
    BlameAlias(moved, error);
    if (!Names(before, error.path)) result.errors.push_back(std::move(error));
  }
  for (FieldError& error : rules.errors) {
    const bool of_alias = BlameAlias(moved, error);
    if (!of_alias || !Names(before, error.path)) result.errors.push_back(std::move(error));
  }
  return result;
}

std::string InvalidMessage(const std::vector<FieldError>& errors) {
  std::string text;
  for (const FieldError& error : errors) text += (text.empty() ? "" : ", ") + error.Message();
  return errors.size() > 1 ? "[" + text + "]" : text;
}

Json InvalidCauses(const std::vector<FieldError>& errors) {
  Json causes = Json::array();
  for (const FieldError& error : errors) {
    causes.push_back({{"reason", error.Reason()},
                      {"message", error.Message().substr(error.path.size() + 2)},
                      {"field", error.path}});
  }
  return causes;
}

}  // namespace vr::api
