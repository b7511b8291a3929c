#include "api/field_tree.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>

namespace vr::api {
namespace {

using Json = nlohmann::json;

const std::map<std::string_view, FieldType>& TypeNames() {
  static const std::map<std::string_view, FieldType> names = {
      {"object", FieldType::kObject},
      {"object+preserve-unknown", FieldType::kAnyObject},
      {"object-or-string", FieldType::kObjectOrString},
      {"object-or-boolean", FieldType::kObjectOrBoolean},
      {"object-or-array", FieldType::kObjectOrArray},
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
  } else if (key == "minProperties") {
    field.min_properties = size();
  } else if (key == "enum") {
    field.enumeration = std::make_shared<const Json>(std::move(value));
  } else if (key == "default") {
    field.default_value = std::make_shared<const Json>(std::move(value));
  } else if (key == "choices") {
    field.enumeration = std::make_shared<const Json>(std::move(value));
    field.closed_choice = true;
  } else if (key == "alias") {
    field.alias_of = text();
  } else if (key == "also") {
    field.also = text();
  } else if (key == "transform") {
    field.transform = text();
  } else if (key == "normalize") {
    field.normalize = text();
  } else if (key == "refused") {
    field.refused = text();
  } else if (key.starts_with("x-kubernetes-")) {
    Json extensions = field.extensions ? *field.extensions : Json::object();
    extensions[std::string(key)] = std::move(value);
    field.extensions = std::make_shared<const Json>(std::move(extensions));
  } else {
    return false;
  }
  return true;
}

bool SetConstraints(Field& field, std::string_view text, std::string& like) {
  while (!text.empty()) {
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos) return false;
    const std::string_view key = text.substr(0, equals);
    text.remove_prefix(equals + 1);
    std::optional<Json> value = TakeJson(text);
    if (value && key == "like" && value->is_string()) {
      like = value->get<std::string>();
      continue;
    }
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

// Moves a path from below `from` to below `to`.
std::string Rebased(const std::string& path, const std::string& from, const std::string& to) {
  if (path.empty()) return path;
  if (from.empty()) return to + "." + path;
  const bool below = path.starts_with(from) && path.size() > from.size();
  return below ? to + path.substr(from.size()) : path;
}

struct CopyTarget {
  const std::string& from;
  const std::string& to;
  bool below_alias;
};

std::unique_ptr<Field> Copy(const Field& source, const CopyTarget& target) {
  auto copy = std::make_unique<Field>();
  copy->name = source.name;
  copy->path = Rebased(source.path, target.from, target.to);
  copy->type = source.type;
  copy->required = source.required && !target.below_alias;
  copy->description = source.description;
  copy->format = source.format;
  copy->pattern = source.pattern;
  copy->matches = source.matches;
  copy->minimum = source.minimum;
  copy->maximum = source.maximum;
  copy->min_length = source.min_length;
  copy->max_length = source.max_length;
  copy->min_items = source.min_items;
  copy->max_items = source.max_items;
  copy->max_properties = source.max_properties;
  copy->min_properties = source.min_properties;
  copy->enumeration = source.enumeration;
  copy->closed_choice = source.closed_choice;
  if (!target.below_alias) copy->default_value = source.default_value;
  copy->extensions = source.extensions;
  copy->alias_of = Rebased(source.alias_of, target.from, target.to);
  copy->also = Rebased(source.also, target.from, target.to);
  copy->transform = source.transform;
  copy->normalize = source.normalize;
  copy->refused = source.refused;
  for (const auto& property : source.properties)
    copy->properties.push_back(Copy(*property, target));
  if (source.items) copy->items = Copy(*source.items, target);
  if (source.values) copy->values = Copy(*source.values, target);
  return copy;
}

// The table being read, and where others come from.
class TableReader {
 public:
  TableReader(Field& root, const TableSource& tables) : root_(root), tables_(tables) {}

  // What is wrong with the line, or "".
  std::string Row(std::string_view line) {
    const auto columns = Columns(line);
    if (columns.size() != 5) return "needs five columns";
    const auto type = TypeNames().find(columns[1]);
    if (type == TypeNames().end()) return "unknown type";
    Field* field = Place(root_, Steps(columns[0]));
    if (field == nullptr) return "its parent is not described above it";
    field->path = std::string(columns[0]);
    field->type = type->second;
    field->required = columns[2] == "required";
    field->description = std::string(columns[4]);
    if (field->description.empty()) return "needs a description";
    std::string like;
    if (!SetConstraints(*field, columns[3], like)) return "unreadable constraints";
    if (!field->pattern.empty() && !Compile(*field)) return "its pattern is no regular expression";
    if (!like.empty()) pending_.push_back({like, field, line});
    return "";
  }

  // To be called after the last row: what other tables give, and then what stands in this one.
  // The line that is wrong, or "".
  std::string Includes(std::string& problem) {
    std::stable_partition(pending_.begin(), pending_.end(),
                          [](const Pending& include) { return include.like.front() != ':'; });
    for (const Pending& include : pending_) {
      problem = Include(include.like, *include.field);
      if (!problem.empty()) return std::string(include.line);
    }
    return "";
  }

 private:
  bool Compile(Field& field) {
    std::shared_ptr<const std::regex>& regex = patterns_[field.pattern];
    try {
      if (!regex) regex = std::make_shared<const std::regex>(field.pattern);
    } catch (const std::regex_error&) {
      return false;
    }
    field.matches = [regex](const std::string& text) { return std::regex_search(text, *regex); };
    return true;
  }

  struct Pending {
    std::string like;
    Field* field;
    std::string_view line;
  };

  std::string Include(const std::string& like, Field& field) {
    const size_t colon = like.find(':');
    const std::string table = like.substr(0, colon);
    const std::string path = colon == std::string::npos ? "" : like.substr(colon + 1);
    std::unique_ptr<Field> other;
    if (!table.empty()) {
      auto parsed = ParseFieldTable(tables_ ? tables_(table) : std::string_view(), tables_);
      if (!parsed) return parsed.error().message;
      other = std::move(parsed).value();
    }
    const Field& from = other ? *other : root_;
    const Field* source = path.empty() ? &from : from.Find(path);
    if (source == nullptr || source->properties.empty()) return "there is nothing like " + like;
    const CopyTarget target{path, field.path, IsBelowAlias(field.path)};
    for (const auto& property : source->properties) {
      if (field.Property(property->name) == nullptr)
        field.properties.push_back(Copy(*property, target));
    }
    return "";
  }

  bool IsBelowAlias(const std::string& path) const {
    const Field* at = &root_;
    for (const std::string& step : Steps(path)) {
      at = step == "[]" ? at->items.get() : step == "{}" ? at->values.get() : at->Property(step);
      if (at == nullptr) return false;
      if (!at->alias_of.empty()) return true;
    }
    return false;
  }

  Field& root_;
  const TableSource& tables_;
  std::vector<Pending> pending_;
  std::map<std::string, std::shared_ptr<const std::regex>> patterns_;
};

void Sort(Field& field) {
  std::stable_sort(field.properties.begin(), field.properties.end(),
                   [](const auto& a, const auto& b) { return a->name < b->name; });
  for (const auto& property : field.properties) Sort(*property);
  if (field.items) Sort(*field.items);
  if (field.values) Sort(*field.values);
}

}  // namespace

const Field* Field::Property(std::string_view property) const {
  const auto it = std::find_if(properties.begin(), properties.end(),
                               [&](const auto& p) { return p->name == property; });
  return it == properties.end() ? nullptr : it->get();
}

const Field* Field::Find(std::string_view relative_path) const {
  const Field* at = this;
  for (const std::string& step : Steps(relative_path)) {
    at = step == "[]" ? at->items.get() : step == "{}" ? at->values.get() : at->Property(step);
    if (at == nullptr) return nullptr;
  }
  return at;
}

Result<std::unique_ptr<Field>> ParseFieldTable(std::string_view text, const TableSource& tables) {
  auto root = std::make_unique<Field>();
  TableReader reader(*root, tables);
  int number = 0;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    ++number;
    if (line.empty() || line.front() == '#') continue;
    const std::string problem = reader.Row(line);
    if (!problem.empty()) {
      return Error{
          ErrorKind::kInternal,
          "field table line " + std::to_string(number) + ": " + problem + ": " + std::string(line),
          {}};
    }
  }
  std::string problem;
  const std::string line = reader.Includes(problem);
  if (!problem.empty())
    return Error{ErrorKind::kInternal, "field table: " + problem + ": " + line, {}};
  Sort(*root);
  return root;
}

}  // namespace vr::api
