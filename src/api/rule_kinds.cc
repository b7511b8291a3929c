#include "api/rule_kinds.h"

#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "api/cel.h"
#include "api/rule_values.h"

namespace vr::api {
namespace {

using Errors = std::vector<FieldError>;

std::string AnyOf(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : " || ") + part;
  return parts.size() == 1 ? out : "(" + out + ")";
}

}  // namespace

void RuleBuilder::Spec() {
  Add({.type = FieldErrorType::kRequired,
       .path = "spec",
       .detail = "spec is required",
       .cel = "has(self.spec)",
       .check = [](const Rule& rule, const RuleInput& in, Errors& errors) {
         if (!IsSet(in.now, "spec")) Blame(rule, errors);
       }});
}

void RuleBuilder::Required(const std::string& path, const std::string& what) {
  SomeOf({path}, path, what);
}

void RuleBuilder::SomeOf(const std::vector<std::string>& paths, const std::string& at,
                         const std::string& what) {
  Rule rule{.type = FieldErrorType::kRequired, .path = at, .detail = what, .scope = "spec"};
  const CelFields cel(table_, "spec");
  std::vector<std::string> parts;
  for (const std::string& path : paths) {
    if (const auto has = cel.Has("self", path)) parts.push_back(*has);
  }
  if (parts.size() == paths.size()) {
    rule.cel = AnyOf(parts);
  } else {
    rule.any_of = {LeafOf(at)};
    for (const auto& property : table_.Find("spec")->properties) {
      if (property->alias_of == at || property->alias_of.starts_with(at + "."))
        rule.any_of.push_back(property->name);
    }
  }
  rule.check = [paths](const Rule& self, const RuleInput& in, Errors& errors) {
    for (const std::string& path : paths) {
      if (IsSet(in.now, path)) return;
    }
    if (IsSet(in.now, "spec")) Blame(self, errors);
  };
  Add(std::move(rule));
}

void RuleBuilder::NotTogether(const std::vector<std::string>& paths, const std::string& at,
                              const std::string& what) {
  Rule rule{.type = FieldErrorType::kForbidden, .path = at, .detail = what, .scope = "spec"};
  const CelFields cel(table_, "spec");
  std::string list;
  for (const std::string& path : paths)
    list += (list.empty() ? "" : ", ") + cel.Has("self", path).value_or("false");
  rule.cel = "[" + list + "].filter(set, set).size() <= 1";
  rule.check = [paths](const Rule& self, const RuleInput& in, Errors& errors) {
    const auto count = std::count_if(paths.begin(), paths.end(),
                                     [&](const auto& path) { return IsSet(in.now, path); });
    if (count > 1) Blame(self, errors);
  };
  Add(std::move(rule));
}

void RuleBuilder::RequiredWhen(const std::string& path, const std::string& other,
                               const std::string& value, const std::string& what) {
  const CelFields cel(table_, "spec");
  Add({.type = FieldErrorType::kRequired,
       .path = path,
       .detail = what,
       .scope = "spec",
       .cel = cel.Text("self", other).value_or("''") + " != " + CelQuoted(value) + " || " +
              cel.Has("self", path).value_or("true"),
       .check = [path, other, value](const Rule& rule, const RuleInput& in, Errors& errors) {
         if (TextAt(in.now, other) == value && !IsSet(in.now, path)) Blame(rule, errors);
       }});
}

void RuleBuilder::RequiredUnless(const std::string& path, const std::string& other,
                                 const std::string& value, const std::string& what) {
  const CelFields cel(table_, "spec");
  Add({.type = FieldErrorType::kRequired,
       .path = path,
       .detail = what,
       .scope = "spec",
       .cel = cel.Text("self", other).value_or("''") + " == " + CelQuoted(value) + " || " +
              cel.Has("self", path).value_or("true"),
       .check = [path, other, value](const Rule& rule, const RuleInput& in, Errors& errors) {
         if (IsSet(in.now, "spec") && TextAt(in.now, other) != value && !IsSet(in.now, path))
           Blame(rule, errors);
       }});
}

void RuleBuilder::Immutable(const std::string& path, const std::string& what,
                            const std::vector<std::string>& once) {
  const std::string scope = once.empty() ? "spec" : "";
  const CelFields cel(table_, scope);
  std::string free = "!" + cel.Has("oldSelf", path).value_or("false");
  if (!once.empty()) {
    std::vector<std::string> marks;
    for (const std::string& mark : once)
      marks.push_back(cel.Text("oldSelf", mark).value_or("''") + " != ''");
    free += " || !" + (marks.size() == 1 ? "(" + marks[0] + ")" : AnyOf(marks));
  }
  Add({.type = FieldErrorType::kForbidden,
       .path = path,
       .detail = "may not be changed after creation: " + what,
       .scope = scope,
       .cel = free + " || (" + cel.Has("self", path).value_or("true") + " && " +
              cel.Same(path).value_or("true") + ")",
       .check = [path, once](const Rule& rule, const RuleInput& in, Errors& errors) {
         if (in.old == nullptr || !IsSet(*in.old, path)) return;
         const bool begun = std::any_of(once.begin(), once.end(), [&](const auto& mark) {
           return !TextAt(*in.old, mark).empty();
         });
         if (!once.empty() && !begun) return;
         const std::string own = NamespaceOf(in.now);
         if (Bare(ValueAt(*in.old, path), own) != Bare(ValueAt(in.now, path), own))
           Blame(rule, errors);
       }});
}

void RuleBuilder::UniqueNames(const std::string& list) {
  Add({.type = FieldErrorType::kDuplicate,
       .path = list,
       .detail = "names must be unique",
       .scope = list,
       .cel = "self.all(x, self.exists_one(y, x.name == y.name))",
       .check = [list](const Rule& rule, const RuleInput& in, Errors& errors) {
         std::set<std::string> seen;
         size_t index = 0;
         for (const Json& item : ValueAt(in.now, list)) {
           const std::string name = TextAt(item, "name");
           const std::string path = list + "[" + std::to_string(index++) + "].name";
           if (!seen.insert(name).second)
             errors.push_back({rule.type, path, Json(name).dump(), rule.detail});
         }
       }});
}

void RuleBuilder::ItemRequired(const std::string& list, const std::string& member,
                               const std::string& what) {
  const std::string item = list + "[]";
  const CelFields cel(table_, item);
  Add({.type = FieldErrorType::kRequired,
       .path = item + "." + member,
       .detail = what,
       .scope = item,
       .cel = cel.Has("self", item + "." + member).value_or("true"),
       .check = [list, member](const Rule& rule, const RuleInput& in, Errors& errors) {
         size_t index = 0;
         for (const Json& entry : ValueAt(in.now, list)) {
           const std::string path = list + "[" + std::to_string(index++) + "]." + member;
           if (!IsSet(entry, member)) errors.push_back({rule.type, path, "", rule.detail});
         }
       }});
}

void RuleBuilder::NeverSmaller(const std::string& list, const std::string& member,
                               const std::string& what) {
  Add({.type = FieldErrorType::kForbidden,
       .path = list,
       .detail = what,
       .scope = list,
       .cel = "self.all(x, !has(x." + member +
              ") || !oldSelf.exists(y, y.name == x.name && has(y." + member + ") && y." + member +
              " > x." + member + "))",
       .check = [list, member](const Rule& rule, const RuleInput& in, Errors& errors) {
         if (in.old == nullptr) return;
         size_t index = 0;
         for (const Json& entry : ValueAt(in.now, list)) {
           const std::string path = list + "[" + std::to_string(index++) + "]." + member;
           for (const Json& before : ValueAt(*in.old, list)) {
             if (TextAt(before, "name") != TextAt(entry, "name")) continue;
             const Json& most = ValueAt(before, member);
             const Json& now = ValueAt(entry, member);
             if (most.is_number() && now.is_number() && most > now)
               errors.push_back({rule.type, path, "", rule.detail + ": it was " + most.dump()});
           }
         }
       }});
}

void RuleBuilder::NotMatching(const std::string& path, const std::string& pattern,
                              const std::string& what) {
  const CelFields cel(table_, "spec");
  const std::string self = "self" + cel.Select(path);
  Add({.type = FieldErrorType::kInvalid,
       .path = path,
       .detail = what,
       .scope = "spec",
       .cel = "!" + cel.HasOne("self", path).value_or("false") + " || !string(" + self +
              ").matches(" + CelQuoted(pattern) + ")",
       .check = [path, regex = std::regex(pattern)](const Rule& rule, const RuleInput& in,
                                                    Errors& errors) {
         const Json& value = ValueAt(in.now, path);
         const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
         constexpr size_t kMaxForRegex = 256;  // std::regex recurses once per character
         if (!value.is_null() && text.size() <= kMaxForRegex && std::regex_search(text, regex))
           Blame(rule, errors, value);
       }});
}

void RuleBuilder::Different(const std::string& path, const std::string& other,
                            const std::string& what) {
  const CelFields cel(table_, "spec");
  std::string same = cel.Has("self", path).value_or("false");
  for (const char* part : {".name", ".namespace"})
    same += " && " + cel.Text("self", path + part).value_or("''") +
            " == " + cel.Text("self", other + part).value_or("''");
  Add({.type = FieldErrorType::kInvalid,
       .path = path,
       .detail = what,
       .scope = "spec",
       .cel = "!(" + same + ")",
       .check = [path, other](const Rule& rule, const RuleInput& in, Errors& errors) {
         const Json& value = ValueAt(in.now, path);
         const std::string own = NamespaceOf(in.now);
         if (value.is_object() && Bare(value, own) == Bare(ValueAt(in.now, other), own))
           Blame(rule, errors, value);
       }});
}

void RuleBuilder::Agree(const std::string& path, const std::string& other,
                        const std::string& what) {
  const CelFields cel(table_, "spec");
  const std::string a = "self" + cel.Select(path);
  const std::string b = "self" + cel.Select(other);
  Add({.type = FieldErrorType::kInvalid,
       .path = path,
       .detail = what,
       .scope = "spec",
       .cel = "!" + cel.Has("self", path).value_or("false") + " || !" +
              cel.Has("self", other).value_or("false") + " || " + a + ".all(k, !(k in " + b +
              ") || " + a + "[k] == " + b + "[k])",
       .check = [path, other](const Rule& rule, const RuleInput& in, Errors& errors) {
         const Json& mine = ValueAt(in.now, path);
         const Json& theirs = ValueAt(in.now, other);
         if (!mine.is_object() || !theirs.is_object()) return;
         for (const auto& [key, value] : mine.items()) {
           if (theirs.contains(key) && theirs[key] != value) return Blame(rule, errors, mine);
         }
       }});
}

void RuleBuilder::Refused() {
  const std::function<void(const Field&)> visit = [&](const Field& field) {
    if (!field.refused.empty()) {
      Add({.type = FieldErrorType::kForbidden,
           .path = field.path,
           .detail = field.refused,
           .scope = ParentOf(field.path),
           .cel = "!has(self." + LeafOf(field.path) + ")",
           .check = [](const Rule&, const RuleInput&, Errors&) {}});  // the schema check says it
    }
    for (const auto& property : field.properties) visit(*property);
    if (field.items) visit(*field.items);
  };
  visit(table_);
}

}  // namespace vr::api
