// Label and field selectors.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/result.h"

namespace vr::controlplane {

// "app=web,tier in (a,b),!legacy,env". kInvalidSpec with the API server's wording otherwise.
class LabelSelector {
 public:
  static Result<LabelSelector> Parse(const std::string& text);
  bool Matches(const std::map<std::string, std::string>& labels) const;
  bool empty() const { return terms_.empty(); }

 private:
  enum class Op { kIn, kNotIn, kExists, kAbsent, kGreater, kLess };
  struct Term {
    std::string key;
    Op op = Op::kExists;
    std::vector<std::string> values;
  };
  std::vector<Term> terms_;
};

// "metadata.name=web,status.phase!=Active": scalar fields by their paths.
class FieldSelector {
 public:
  static Result<FieldSelector> Parse(const std::string& text);
  // The fields it asks for, as written.
  std::vector<std::string> Fields() const;
  bool Matches(const nlohmann::json& object) const;
  bool empty() const { return terms_.empty(); }

 private:
  struct Term {
    std::vector<std::string> path;
    std::string value;
    bool equal = true;
  };
  std::vector<Term> terms_;
};

}  // namespace vr::controlplane
