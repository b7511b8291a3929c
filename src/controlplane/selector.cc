#include "controlplane/selector.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/text.h"
#include "controlplane/meta_rules.h"

namespace vr::controlplane {
namespace {

// Splits at commas outside parentheses.
std::vector<std::string> Terms(std::string_view text) {
  std::vector<std::string> terms;
  std::string term;
  int depth = 0;
  for (const char c : text) {
    depth += (c == '(' ? 1 : 0) - (c == ')' ? 1 : 0);
    if (c == ',' && depth == 0) {
      terms.emplace_back(Trimmed(term));
      term.clear();
    } else {
      term += c;
    }
  }
  if (!Trimmed(term).empty() || !terms.empty()) terms.emplace_back(Trimmed(term));
  return terms;
}

Error Unable(const std::string& why) {
  return Error{ErrorKind::kInvalidSpec, "unable to parse requirement: " + why, {}};
}

// Words and signs of a label selector.
class Tokens {
 public:
  explicit Tokens(std::string_view text) : text_(text) {}

  // The next token without taking it; "" at the end.
  std::string_view Peek() {
    text_.remove_prefix(std::min(text_.find_first_not_of(" \t"), text_.size()));
    return text_.substr(0, Length());
  }
  std::string Take() {
    const std::string token(Peek());
    text_.remove_prefix(token.size());
    return token;
  }

 private:
  size_t Length() const {
    constexpr std::string_view kSigns = "=!(),<>";
    if (text_.empty()) return 0;
    if (kSigns.find(text_.front()) == std::string_view::npos)
      return std::min(text_.find_first_of(std::string(kSigns) + " \t"), text_.size());
    return text_.starts_with("==") || text_.starts_with("!=") ? 2 : 1;
  }

  std::string_view text_;
};

bool IsWord(std::string_view token) {
  return !token.empty() &&
         std::string_view("=!(),<>").find(token.front()) == std::string_view::npos;
}

Result<std::vector<std::string>> ParseList(Tokens& tokens) {
  if (tokens.Peek() != "(") return Unable("found '" + tokens.Take() + "' expected: '('");
  tokens.Take();
  std::vector<std::string> values;
  while (true) {
    values.push_back(IsWord(tokens.Peek()) ? tokens.Take() : "");
    const std::string sign = tokens.Take();
    if (sign == ")") return values;
    if (sign != ",") return Unable("found '" + sign + "', expected: ',' or ')'");
  }
}

std::optional<int64_t> Integer(const std::string& text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Status CheckTerm(const std::string& key, const std::vector<std::string>& values) {
  if (const std::string why = QualifiedNameProblem(key); !why.empty())
    return Unable("<nil>: Invalid value: " + nlohmann::json(key).dump() + ": " + why);
  for (size_t i = 0; i < values.size(); ++i) {
    const std::string why = LabelValueProblem(values[i]);
    if (why.empty()) continue;
    return Unable("values[" + std::to_string(i) + "][" + key +
                  "]: Invalid value: " + nlohmann::json(values[i]).dump() + ": " + why);
  }
  return {};
}

}  // namespace

Result<LabelSelector> LabelSelector::Parse(const std::string& text) {
  LabelSelector selector;
  Tokens tokens(text);
  while (!tokens.Peek().empty()) {
    Term term;
    const bool negated = tokens.Peek() == "!";
    if (negated) tokens.Take();
    if (!IsWord(tokens.Peek())) {
      const std::string wanted = negated ? "identifier" : "!, identifier, or 'end of string'";
      const Error error{
          ErrorKind::kInvalidSpec, "found '" + tokens.Take() + "', expected: " + wanted, {}};
      return error;
    }
    term.key = tokens.Take();
    term.op = negated ? Op::kAbsent : Op::kExists;
    if (!negated && !tokens.Peek().empty() && tokens.Peek() != ",") {
      const std::string op = tokens.Take();
      term.op = op == "!=" || op == "notin" ? Op::kNotIn : Op::kIn;
      if (op == "in" || op == "notin") {
        VR_ASSIGN_OR_RETURN(term.values, ParseList(tokens));
      } else if (op == "=" || op == "==" || op == "!=") {
        term.values = {IsWord(tokens.Peek()) ? tokens.Take() : ""};
      } else if (op == ">" || op == "<") {
        term.op = op == ">" ? Op::kGreater : Op::kLess;
        term.values = {IsWord(tokens.Peek()) ? tokens.Take() : ""};
        if (!Integer(term.values[0])) {
          return Unable("values[0]: Invalid value: " + nlohmann::json(term.values[0]).dump() +
                        ": for 'Gt', 'Lt' operators, the value must be an integer");
        }
      } else {
        return Unable("found '" + op + "', expected: in, notin, =, ==, !=, gt, lt");
      }
    }
    VR_RETURN_IF_ERROR(CheckTerm(term.key, term.values));
    selector.terms_.push_back(std::move(term));
    if (tokens.Peek().empty()) break;
    if (tokens.Peek() != ",")
      return Unable("found '" + tokens.Take() + "', expected: ',' or 'end of string'");
    tokens.Take();
    if (tokens.Peek().empty())
      return Error{ErrorKind::kInvalidSpec, "found '', expected: identifier after ','", {}};
  }
  return selector;
}

bool LabelSelector::Matches(const std::map<std::string, std::string>& labels) const {
  return std::all_of(terms_.begin(), terms_.end(), [&](const Term& term) {
    const auto it = labels.find(term.key);
    const bool has = it != labels.end();
    const bool listed =
        has && std::find(term.values.begin(), term.values.end(), it->second) != term.values.end();
    switch (term.op) {
      case Op::kIn:
        return listed;
      case Op::kNotIn:
        return !listed;
      case Op::kExists:
        return has;
      case Op::kAbsent:
        return !has;
      case Op::kGreater:
      case Op::kLess: {
        const auto number = has ? Integer(it->second) : std::nullopt;
        const int64_t bound = *Integer(term.values[0]);
        return number && (term.op == Op::kGreater ? *number > bound : *number < bound);
      }
    }
    return false;
  });
}

Result<FieldSelector> FieldSelector::Parse(const std::string& text) {
  FieldSelector selector;
  for (const std::string& term : Terms(text)) {
    const size_t equals = term.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Error{ErrorKind::kInvalidSpec,
                   "invalid selector: '" + text + "'; can't understand '" + term + "'",
                   {}};
    }
    Term parsed;
    parsed.equal = term[equals - 1] != '!';
    std::string path = term.substr(0, parsed.equal ? equals : equals - 1);
    while (!path.empty()) {
      const size_t dot = path.find('.');
      parsed.path.push_back(path.substr(0, dot));
      path = dot == std::string::npos ? "" : path.substr(dot + 1);
    }
    const size_t value = term.find_first_not_of('=', equals);
    parsed.value = value == std::string::npos ? "" : term.substr(value);
    selector.terms_.push_back(std::move(parsed));
  }
  return selector;
}

std::vector<std::string> FieldSelector::Fields() const {
  std::vector<std::string> fields;
  for (const Term& term : terms_) {
    std::string path;
    for (const std::string& step : term.path) path += (path.empty() ? "" : ".") + step;
    fields.push_back(std::move(path));
  }
  return fields;
}

bool FieldSelector::Matches(const nlohmann::json& object) const {
  return std::all_of(terms_.begin(), terms_.end(), [&](const Term& term) {
    const nlohmann::json* at = &object;
    for (const std::string& step : term.path) {
      const auto it = at->is_object() ? at->find(step) : at->end();
      if (!at->is_object() || it == at->end()) {
        at = nullptr;
        break;
      }
      at = &*it;
    }
    const std::string value = at == nullptr     ? ""
                              : at->is_string() ? at->get<std::string>()
                                                : at->dump();
    return (value == term.value) == term.equal;
  });
}

}  // namespace vr::controlplane
