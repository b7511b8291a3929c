#include "api/cel.h"

#include <algorithm>
#include <array>
#include <functional>
#include <string_view>

namespace vr::api {
namespace {

std::vector<std::string> Split(const std::string& path) {
  std::vector<std::string> words;
  size_t from = 0;
  for (size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', from)) {
    words.push_back(path.substr(from, dot - from));
    from = dot + 1;
  }
  words.push_back(path.substr(from));
  return words;
}

// CEL's keywords cannot be member names.
std::string Escaped(const std::string& name) {
  static constexpr std::array<std::string_view, 21> kKeywords = {
      "true",     "false", "null",      "in",     "as",       "break", "const",
      "continue", "else",  "for",       "if",     "function", "let",   "import",
      "package",  "loop",  "namespace", "return", "var",      "void",  "while"};
  const bool keyword =
      std::find(kKeywords.begin(), kKeywords.end(), std::string_view(name)) != kKeywords.end();
  return keyword ? "__" + name + "__" : name;
}

bool HasSchemaType(const Field& field) {
  switch (field.type) {
    case FieldType::kObjectOrString:
    case FieldType::kObjectOrBoolean:
    case FieldType::kObjectOrArray:
    case FieldType::kBooleanOrString:
      return false;
    case FieldType::kObject:
    case FieldType::kArray:
    case FieldType::kMap:
    case FieldType::kString:
    case FieldType::kInteger:
    case FieldType::kNumber:
    case FieldType::kBoolean:
    case FieldType::kIntOrString:
    case FieldType::kAnyObject:
      return true;
  }
  return true;
}

void ForEachAlias(const Field& field, const std::function<void(const Field&)>& visit) {
  if (!field.alias_of.empty()) visit(field);
  for (const auto& property : field.properties) ForEachAlias(*property, visit);
  if (field.items) ForEachAlias(*field.items, visit);
}

bool IsPlain(const Field& field) {
  return field.properties.empty() && !field.items && !field.values;
}

// It, or an object in it, has a member `namespace`, which may be left out.
bool NamesANamespace(const Field& field) {
  return std::any_of(field.properties.begin(), field.properties.end(), [](const auto& property) {
    return property->name == "namespace" || NamesANamespace(*property);
  });
}

std::string Joined(const std::vector<std::string>& parts, const std::string& by) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : by) + part;
  return parts.size() == 1 ? out : "(" + out + ")";
}

}  // namespace

std::string CelQuoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\\' || c == '\'') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string CelFields::Select(const std::string& path) const {
  std::string out;
  const std::string relative =
      scope_.empty() ? path : path.substr(std::min(path.size(), scope_.size() + 1));
  if (relative.empty()) return out;
  for (const std::string& word : Split(relative)) out += "." + Escaped(word);
  return out;
}

std::optional<std::string> CelFields::HasOne(const std::string& self,
                                             const std::string& path) const {
  std::vector<std::string> parts;
  std::string at = scope_;
  std::string expression = self;
  const std::string relative = scope_.empty() ? path : path.substr(scope_.size() + 1);
  for (const std::string& word : Split(relative)) {
    at += (at.empty() ? "" : ".") + word;
    const Field* field = table_.Find(at);
    if (field == nullptr || !HasSchemaType(*field)) return std::nullopt;
    expression += "." + Escaped(word);
    parts.push_back("has(" + expression + ")");
  }
  return Joined(parts, " && ");
}

// The paths at which users may write the field; with_parts adds aliases of single members of it.
std::vector<std::string> CelFields::Spellings(const std::string& path, bool with_parts) const {
  std::vector<std::string> paths = {path};
  ForEachAlias(table_, [&](const Field& alias) {
    if (!scope_.empty() && !alias.path.starts_with(scope_ + ".")) return;
    if (alias.path.find("[]", scope_.size()) != std::string::npos) return;  // one of many items
    for (const std::string& target : {alias.alias_of, alias.also}) {
      if (target.empty()) continue;
      if (target == path || (with_parts && target.starts_with(path + "."))) {
        paths.push_back(alias.path);
      } else if (path.starts_with(target + ".")) {
        paths.push_back(alias.path + path.substr(target.size()));
      }
    }
  });
  return paths;
}

std::optional<std::string> CelFields::Has(const std::string& self, const std::string& path) const {
  std::vector<std::string> any;
  for (const std::string& spelling : Spellings(path, true)) {
    const auto one = HasOne(self, spelling);
    if (!one) return std::nullopt;
    any.push_back(*one);
  }
  return Joined(any, " || ");
}

std::optional<std::string> CelFields::Text(const std::string& self, const std::string& path) const {
  return Value(self, path, "''");
}

std::optional<std::string> CelFields::Value(const std::string& self, const std::string& path,
                                            const std::string& otherwise) const {
  std::string out;
  for (const std::string& spelling : Spellings(path, false)) {
    const auto has = HasOne(self, spelling);
    if (!has) return std::nullopt;
    out += *has + " ? " + self + Select(spelling) + " : ";
  }
  return "(" + out + otherwise + ")";
}

std::optional<std::string> CelFields::Same(const std::string& path) const {
  const Field* field = table_.Find(path);
  if (field == nullptr || !HasSchemaType(*field)) return std::nullopt;
  if (field->type == FieldType::kString) {
    const std::string now = *Text("self", path);
    const std::string before = *Text("oldSelf", path);
    if (field->name != "namespace") return now + " == " + before;
    return "(" + now + " == '' || " + before + " == '' || " + now + " == " + before + ")";
  }
  const bool members_are_text =
      !field->properties.empty() &&
      std::all_of(field->properties.begin(), field->properties.end(),
                  [](const auto& p) { return p->type == FieldType::kString && IsPlain(*p); });
  const bool has_aliases = Spellings(path, true).size() > 1;
  if (!members_are_text && !has_aliases && !NamesANamespace(*field))
    return "self" + Select(path) + " == oldSelf" + Select(path);
  std::vector<std::string> all;
  for (const auto& property : field->properties) {
    if (!property->alias_of.empty()) continue;
    const std::string below = path + "." + property->name;
    auto same = Same(below);
    if (!same) return std::nullopt;
    if (property->type != FieldType::kString) {
      const auto now = Has("self", below);
      const auto before = Has("oldSelf", below);
      if (!now || !before) return std::nullopt;
      same = "(" + *now + " == " + *before + " && (!" + *now + " || " + *same + "))";
    }
    all.push_back(*same);
  }
  return Joined(all, " && ");
}

}  // namespace vr::api
