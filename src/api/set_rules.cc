// VMSet: in Kubernetes' words for Deployments.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>

#include "api/contradictions.h"
#include "api/rule_values.h"

namespace vr::api {
namespace {

using Errors = std::vector<FieldError>;

constexpr const char* kExpressions = "spec.selector.matchExpressions";
constexpr const char* kLabels = "spec.template.metadata.labels";

bool NeedsValues(const Json& expression) {
  const std::string by = TextAt(expression, "operator");
  return by == "In" || by == "NotIn";
}

bool HasValues(const Json& expression) {
  const Json& values = ValueAt(expression, "values");
  return values.is_array() && !values.empty();
}

// `values` of each expression is there (or is not, with `needed` false) as its operator wants it.
void Values(RuleBuilder& rules, bool needed) {
  const std::string item = std::string(kExpressions) + "[]";
  rules.Add({.type = needed ? FieldErrorType::kRequired : FieldErrorType::kForbidden,
             .path = item + ".values",
             .detail = needed
                           ? "must be specified when `operator` is 'In' or 'NotIn'"
                           : "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
             .scope = item,
             .cel = needed ? "!(self.operator in ['In', 'NotIn']) || "
                             "(has(self.values) && size(self.values) > 0)"
                           : "self.operator in ['In', 'NotIn'] || !has(self.values) || "
                             "size(self.values) == 0",
             .check = [needed](const Rule& rule, const RuleInput& in, Errors& errors) {
               size_t index = 0;
               for (const Json& expression : ValueAt(in.now, kExpressions)) {
                 const std::string path =
                     std::string(kExpressions) + "[" + std::to_string(index++) + "].values";
                 if (NeedsValues(expression) == needed && HasValues(expression) != needed)
                   errors.push_back({rule.type, path, "", rule.detail});
               }
             }});
}

bool Matches(const Json& expression, const Json& labels) {
  const std::string by = TextAt(expression, "operator");
  const auto label = labels.find(TextAt(expression, "key"));
  const bool has = label != labels.end();
  if (by == "Exists") return has;
  if (by == "DoesNotExist") return !has;
  const Json& values = ValueAt(expression, "values");
  const bool among = has && std::find(values.begin(), values.end(), *label) != values.end();
  return by == "In" ? among : !among;
}

// Labels of the set's VMs: the template's, and those that the selector names.
Json LabelsOfVms(const Json& set) {
  Json labels = Json::object();
  for (const char* path : {"spec.selector.matchLabels", kLabels}) {
    if (const Json& more = ValueAt(set, path); more.is_object()) labels.update(more);
  }
  return labels;
}

// Values are not compared by the expression: lists of them have no limit, which costs too much.
void ExpressionsMatch(RuleBuilder& rules) {
  const std::string has_key =
      "((has(self.template.metadata) && has(self.template.metadata.labels) && "
      "e.key in self.template.metadata.labels) || "
      "(has(self.selector.matchLabels) && e.key in self.selector.matchLabels))";
  rules.Add({.path = kLabels,
             .detail = "`selector` does not match template `labels`",
             .scope = "spec",
             .cel = "!has(self.selector) || !has(self.selector.matchExpressions) || "
                    "self.selector.matchExpressions.all(e, e.operator in ['In', 'Exists'] ? " +
                    has_key + " : e.operator == 'NotIn' || !" + has_key + ")",
             .check = [](const Rule& rule, const RuleInput& in, Errors& errors) {
               const Json labels = LabelsOfVms(in.now);
               for (const Json& expression : ValueAt(in.now, kExpressions)) {
                 const bool usable = NeedsValues(expression) == HasValues(expression);
                 if (usable && !Matches(expression, labels)) return Blame(rule, errors, labels);
               }
             }});
}

bool IsNone(const Json& value) {
  static const std::regex none("^0+%?$");
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  return text.size() < 64 && std::regex_search(text, none);
}

}  // namespace

void SelectorMatchesTheTemplate(RuleBuilder& rules) {
  Values(rules, true);
  Values(rules, false);
  ExpressionsMatch(rules);
}

void RolloutCanMove(RuleBuilder& rules) {
  const std::string block = "self.updateStrategy.rollingUpdate";
  const auto some = [&](const std::string& member) {
    return "!has(" + block + "." + member + ") || !string(" + block + "." + member +
           ").matches('^0+%?$')";
  };
  rules.Add({.path = "spec.updateStrategy.rollingUpdate.maxUnavailable",
             .detail = "may not be 0 when `maxSurge` is 0",
             .scope = "spec",
             .cel = "!has(self.updateStrategy) || !has(" + block + ") || " +
                    some("maxUnavailable") + " || " + some("maxSurge"),
             .check = [](const Rule& rule, const RuleInput& in, Errors& errors) {
               const Json& value = ValueAt(in.now, rule.path);
               const Json& surge = ValueAt(in.now, "spec.updateStrategy.rollingUpdate.maxSurge");
               if (!value.is_null() && !surge.is_null() && IsNone(value) && IsNone(surge))
                 Blame(rule, errors, value);
             }});
}

}  // namespace vr::api
