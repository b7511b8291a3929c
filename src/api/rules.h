// Rules that span fields, or an update. Each is written once (rules.cc) and has two forms: a check
// of ours, and an expression that a cluster evaluates without us. tests/golden/rule-cases.json
// holds cases that both must judge alike.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "api/admission.h"

namespace vr::api {

// Both without aliases and with the types of the schema. `old` is null on create.
struct RuleInput {
  const Json* old = nullptr;
  const Json& now;
};

struct Rule {
  FieldErrorType type = FieldErrorType::kInvalid;
  std::string path;    // the field that is to blame
  std::string detail;  // what would be right
  std::string scope;   // the schema that carries the expression: a path in the table
  std::string cel;     // empty: see `any_of`
  // Where the schema has no type for the field, expressions cannot see it: one of these members of
  // `scope` is required.
  std::vector<std::string> any_of;
  bool ours_only = false;   // no expression could say it, or it would cost a cluster too much
  bool only_warns = false;  // may be meant; of ours only
  std::function<void(const Rule&, const RuleInput&, std::vector<FieldError>&)> check;
};

// Thread-safe after the first call.
const std::vector<Rule>& RulesOf(const KindInfo& kind);

// `canonical` has no aliases left and the types of the schema. Adds errors to `result`. An object
// that is being deleted is let go.
void CheckRules(const KindInfo& kind, const Json* old_object, const Json& canonical,
                AdmissionResult& result);

}  // namespace vr::api
