#include "controlplane/selector.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace vr::controlplane {
namespace {

std::string Trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return std::string(text);
}

// Splits at commas outside parentheses.
std::vector<std::string> Terms(std::string_view text) {
  std::vector<std::string> terms;
  std::string term;
  int depth = 0;
  for (const char c : text) {
    depth += (c == '(' ? 1 : 0) - (c == ')' ? 1 : 0);
    if (c == ',' && depth == 0) {
      terms.push_back(Trim(term));
      term.clear();
    } else {
      term += c;
    }
  }
  if (!Trim(term).empty() || !terms.empty()) terms.push_back(Trim(term));
  return terms;
}

bool IsLabelKey(const std::string& key) {
  return !key.empty() &&
         key.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./") ==
             std::string::npos;
}

Error Unable(const std::string& text) {
  return Error{ErrorKind::kInvalidSpec,
               "unable to parse requirement: '" + text +
                   "' is not a selector; write for example app=web or env in (a,b)",
               {}};
}

}  // namespace

Result<LabelSelector> LabelSelector::Parse(const std::string& text) {
  LabelSelector selector;
  for (const std::string& term : Terms(text)) {
    Term parsed;
    const size_t open = term.find('(');
    const size_t equals = term.find('=');
    if (open != std::string::npos && term.back() == ')') {
      const std::string head = Trim(term.substr(0, open));
      const size_t space = head.find(' ');
      const std::string op = space == std::string::npos ? "" : Trim(head.substr(space));
      if (op != "in" && op != "notin") return Unable(term);
      parsed = {head.substr(0, space), op == "in" ? Op::kIn : Op::kNotIn,
                Terms(term.substr(open + 1, term.size() - open - 2))};
    } else if (equals != std::string::npos) {
      const bool negative = equals > 0 && term[equals - 1] == '!';
      const size_t value = term.find_first_not_of('=', equals);
      parsed = {Trim(term.substr(0, negative ? equals - 1 : equals)),
                negative ? Op::kNotIn : Op::kIn,
                {value == std::string::npos ? "" : Trim(term.substr(value))}};
    } else if (!term.empty() && term.front() == '!') {
      parsed = {Trim(term.substr(1)), Op::kAbsent, {}};
    } else {
      parsed = {term, Op::kExists, {}};
    }
    if (!IsLabelKey(parsed.key)) return Unable(term);
    selector.terms_.push_back(std::move(parsed));
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
                   "invalid selector: '" + term + "'; write for example metadata.name=web",
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
