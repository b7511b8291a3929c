#include "api/field_tree.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

namespace vr::api {
namespace {

using Json = nlohmann::json;

const std::map<std::string_view, FieldType>& TypeNames() {
  static const std::map<std::string_view, FieldType> names = {
      {"object", FieldType::kObject},
      {"object+preserve-unknown", FieldType::kAnyObject},
      {"object-or-string", FieldType::kObjectOrString},
      {"array", FieldType::kArray},
      {"string", FieldType::kString},
      {"integer", FieldType::kInteger},
      {"number", FieldType::kNumber},
      {"boolean", FieldType::kBoolean},
      {"int-or-string", FieldType::kIntOrString},
      {"boolean-or-string", FieldType::kBooleanOrString}};
  return names;
}

// "a.b[].c{}" -> a, b, [], c, {}
std::vector<std::string> Steps(std::string_view path) {
  std::vector<std::string> steps;
  std::string word;
  for (size_t i = 0; i < path.size(); ++i) {
    const char c = path[i];
    if (c != '.' && c != '[' && c != '{') {
      word += c;
      continue;
    }
    if (!word.empty()) steps.push_back(std::move(word));
    word.clear();
    if (c != '.') {
      steps.emplace_back(path.substr(i, 2));
      ++i;
    }
  }
  if (!word.empty()) steps.push_back(std::move(word));
  return steps;
}

std::vector<std::string_view> Columns(std::string_view line) {
  std::vector<std::string_view> columns;
  while (true) {
    const size_t tab = line.find('\t');
    columns.push_back(line.substr(0, tab));
    if (tab == std::string_view::npos) return columns;
    line.remove_prefix(tab + 1);
  }
}

// Reads one JSON value off the front of `text`.
std::optional<Json> TakeJson(std::string_view& text) {
  size_t end = 0;
  int depth = 0;
  bool quoted = false;
  for (; end < text.size(); ++end) {
    const char c = text[end];
    if (quoted) {
      if (c == '\\') ++end;
      quoted = c != '"';
      continue;
    }
    if (c == '"') quoted = true;
    depth += (c == '[' || c == '{' ? 1 : 0) - (c == ']' || c == '}' ? 1 : 0);
    if (c == ' ' && depth == 0) break;
  }
  Json value = Json::parse(text.substr(0, end), nullptr, false);
  if (value.is_discarded()) return std::nullopt;
  text.remove_prefix(std::min(text.size(), end + 1));
  return value;
}

bool SetConstraint(Field& field, std::string_view key, Json value) {
  const auto size = [&] {
    return value.is_number() ? std::optional<size_t>(value.get<size_t>()) : std::nullopt;
  };
  const auto number = [&] {
    return value.is_number() ? std::optional<double>(value.get<double>()) : std::nullopt;
  };
  const auto text = [&] { return value.is_string() ? value.get<std::string>() : std::string(); };
  if (key == "format") {
    field.format = text();
  } else if (key == "pattern") {
    field.pattern = text();
    field.matcher = std::make_shared<const std::regex>(field.pattern);
  } else if (key == "minimum") {
    field.minimum = number();
  } else if (key == "maximum") {
    field.maximum = number();
  } else if (key == "minLength") {
    field.min_length = size();
  } else if (key == "maxLength") {
    field.max_length = size();
  } else if (key == "minItems") {
    field.min_items = size();
  } else if (key == "maxItems") {
    field.max_items = size();
  } else if (key == "maxProperties") {
    field.max_properties = size();
  } else if (key == "enum") {
    field.enumeration = std::make_shared<const Json>(std::move(value));
  } else if (key == "default") {
    field.default_value = std::make_shared<const Json>(std::move(value));
  } else if (key == "alias") {
    field.alias_of = text();
  } else if (key == "transform") {
    field.transform = text();
  } else if (key.starts_with("x-kubernetes-")) {
    Json extensions = field.extensions ? *field.extensions : Json::object();
    extensions[std::string(key)] = std::move(value);
    field.extensions = std::make_shared<const Json>(std::move(extensions));
  } else {
    return false;
  }
  return true;
}

bool SetConstraints(Field& field, std::string_view text) {
  while (!text.empty()) {
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos) return false;
    const std::string_view key = text.substr(0, equals);
    text.remove_prefix(equals + 1);
    std::optional<Json> value = TakeJson(text);
    if (!value || !SetConstraint(field, key, std::move(*value))) return false;
  }
  return true;
}

// The place for the field at `steps`; its parents must stand earlier in the table.
Field* Place(Field& root, const std::vector<std::string>& steps) {
  Field* at = &root;
  for (size_t i = 0; i < steps.size(); ++i) {
    const bool last = i + 1 == steps.size();
    std::unique_ptr<Field>* slot = nullptr;
    if (steps[i] == "[]") {
      slot = &at->items;
    } else if (steps[i] == "{}") {
      if (at->type == FieldType::kObject) at->type = FieldType::kMap;
      slot = &at->values;
    } else {
      const auto it = std::find_if(at->properties.begin(), at->properties.end(),
                                   [&](const auto& p) { return p->name == steps[i]; });
      slot = it == at->properties.end() ? nullptr : &*it;
      if (slot == nullptr && last) {
        at->properties.push_back(std::make_unique<Field>());
        at->properties.back()->name = steps[i];
        return at->properties.back().get();
      }
    }
    if (slot == nullptr || (!last && !*slot)) return nullptr;
    if (last && !*slot) *slot = std::make_unique<Field>();
    at = slot->get();
  }
  return at;
}

}  // namespace

const Field* Field::Property(std::string_view property) const {
  const auto it = std::find_if(properties.begin(), properties.end(),
                               [&](const auto& p) { return p->name == property; });
  return it == properties.end() ? nullptr : it->get();
}

Result<std::unique_ptr<Field>> ParseFieldTable(std::string_view text) {
  auto root = std::make_unique<Field>();
  int number = 0;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    ++number;
    if (line.empty() || line.front() == '#') continue;
    const auto columns = Columns(line);
    const auto bad = [&](const char* what) {
      return Error{
          ErrorKind::kInternal,
          "field table line " + std::to_string(number) + ": " + what + ": " + std::string(line),
          {}};
    };
    if (columns.size() != 5) return bad("needs five columns");
    const auto type = TypeNames().find(columns[1]);
    if (type == TypeNames().end()) return bad("unknown type");
    Field* field = Place(*root, Steps(columns[0]));
    if (field == nullptr) return bad("its parent is not described above it");
    field->path = std::string(columns[0]);
    field->type = type->second;
    field->required = columns[2] == "required";
    field->description = std::string(columns[4]);
    if (field->description.empty()) return bad("needs a description");
    if (!SetConstraints(*field, columns[3])) return bad("unreadable constraints");
  }
  return root;
}

}  // namespace vr::api
