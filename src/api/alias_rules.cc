// Two spellings of one field with different values: Canonical refuses them here; these are the
// expressions that say the same to a cluster, where a comparison is exact and costs little.
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "api/cel.h"
#include "api/contradictions.h"

namespace vr::api {
namespace {

bool IsScalar(const Field& field) {
  return field.type == FieldType::kString || field.type == FieldType::kInteger ||
         field.type == FieldType::kNumber || field.type == FieldType::kBoolean;
}

// Texts that mean the same in several spellings need more than a comparison of texts.
bool HasOneSpelling(const Field& field) {
  return (field.format.empty() || field.format == "int32" || field.format == "int64") &&
         field.name != "firmware" && field.name != "dns";
}

// Whether the alias' value `a` is the canonical field's value `c`; nothing where that is no cheap
// question.
std::optional<std::string> Equal(const Field& alias, const Field& canonical, const std::string& a,
                                 const std::string& c) {
  const std::string& transform = alias.transform;
  if (transform == "mebi" || transform == "gibi") {
    return "!isQuantity(string(" + c + ")) || quantity(string(" + c +
           ")).asApproximateFloat() == double(" + a + ") * " +
           (transform == "mebi" ? "1048576.0" : "1073741824.0");
  }
  if (transform == "linked") return c + " == (" + a + " ? 'LinkedClone' : 'FullClone')";
  if (transform == "ipPolicy") return c + ".lowerAscii() == " + a + ".lowerAscii()";
  const bool plain = transform.empty() || transform == "per-host" || transform == "merge";
  if (!plain || alias.type != canonical.type || !IsScalar(alias) || !HasOneSpelling(canonical))
    return std::nullopt;
  return a + " == " + c;
}

class AliasRules {
 public:
  explicit AliasRules(RuleBuilder& rules) : rules_(rules) {}

  void Visit(const Field& field) {
    if (!field.alias_of.empty()) {
      for (const std::string& target : {field.alias_of, field.also}) {
        if (!target.empty()) Compare(field, target);
      }
      AgainstOthers(field);
    }
    for (const auto& property : field.properties) Visit(*property);
    if (field.items) Visit(*field.items);
  }

 private:
  // The list item that both are in, or the spec.
  static std::string ScopeOf(const std::string& path) {
    const size_t item = path.rfind("[]");
    return item == std::string::npos ? "spec" : path.substr(0, item + 2);
  }

  void Compare(const Field& alias, const std::string& target) {
    const Field* canonical = rules_.table().Find(target);
    const std::string scope = ScopeOf(alias.path);
    if (canonical == nullptr || !target.starts_with(scope + ".")) return;
    for (const auto& property : alias.properties) Compare(*property, target + "." + property->name);
    if (!alias.properties.empty()) return;
    const CelFields cel(rules_.table(), scope);
    const std::string c = "self" + cel.Select(target);
    auto equal = Equal(alias, *canonical, "self" + cel.Select(alias.path), c);
    if (equal && canonical->default_value) {
      const Json& value = *canonical->default_value;
      *equal += canonical->type == FieldType::kIntOrString
                    ? " || string(" + c + ") == " + CelQuoted(value.get<std::string>())
                : value.is_string() ? " || " + c + " == " + CelQuoted(value.get<std::string>())
                                    : " || " + c + " == " + value.dump();
    }
    Add(cel, alias.path, target, equal);
  }

  void AgainstOthers(const Field& alias) {
    const bool comparable =
        IsScalar(alias) && (alias.transform.empty() || alias.transform == "linked");
    if (!comparable) return;
    const CelFields cel(rules_.table(), ScopeOf(alias.path));
    std::vector<const Field*>& others = seen_[alias.alias_of];
    for (const Field* other : others) {
      const std::string equal =
          "self" + cel.Select(alias.path) + " == self" + cel.Select(other->path);
      Add(cel, alias.path, other->path, equal);
    }
    others.push_back(&alias);
  }

  void Add(const CelFields& cel, const std::string& path, const std::string& other,
           const std::optional<std::string>& equal) {
    const auto here = cel.HasOne("self", path);
    const auto there = cel.HasOne("self", other);
    if (!equal || !here || !there) return;
    rules_.Add({.path = path,
                .detail = "differs from " + other + ", which is the same field; set one of them",
                .scope = ScopeOf(path),
                .cel = "!" + *here + " || !" + *there + " || " + *equal,
                .check = [](const Rule&, const RuleInput&, std::vector<FieldError>&) {}});
  }

  RuleBuilder& rules_;
  std::map<std::string, std::vector<const Field*>> seen_;  // by canonical field
};

}  // namespace

void AliasesAgree(RuleBuilder& rules) { AliasRules(rules).Visit(rules.table()); }

}  // namespace vr::api
