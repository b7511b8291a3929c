// The kinds of rules that rules.cc is made of. Paths are absolute paths in the table.
#pragma once

#include <string>
#include <vector>

#include "api/field_tree.h"
#include "api/rules.h"

namespace vr::api {

class RuleBuilder {
 public:
  explicit RuleBuilder(const Field& table) : table_(table) {}

  std::vector<Rule> Take() { return std::move(rules_); }

  // The object has a spec.
  void Spec();
  // `path` must be set; `what` says what to write.
  void Required(const std::string& path, const std::string& what);
  // `path` must be set when `other` has the value (or has not: RequiredUnless).
  void RequiredWhen(const std::string& path, const std::string& other, const std::string& value,
                    const std::string& what);
  void RequiredUnless(const std::string& path, const std::string& other, const std::string& value,
                      const std::string& what);
  // At least one, at most one of `paths`; blamed on `at`.
  void SomeOf(const std::vector<std::string>& paths, const std::string& at,
              const std::string& what);
  void NotTogether(const std::vector<std::string>& paths, const std::string& at,
                   const std::string& what);
  // Once set, `path` keeps its value; with `once`, from the time that one of these is set. The
  // object's own namespace is the same as none; expressions do not know it, and let a namespace
  // come or go.
  void Immutable(const std::string& path, const std::string& what,
                 const std::vector<std::string>& once = {});
  // The items of a list have different names.
  void UniqueNames(const std::string& list);
  // Each item of a list has the member.
  void ItemRequired(const std::string& list, const std::string& member, const std::string& what);
  // A number of the item of the same name never gets smaller.
  void NeverSmaller(const std::string& list, const std::string& member, const std::string& what);
  // The text (of a number, too) must not match.
  void NotMatching(const std::string& path, const std::string& pattern, const std::string& what);
  // Two references name different objects. Expressions do not know the object's own namespace.
  void Different(const std::string& path, const std::string& other, const std::string& what);
  // Where both maps have a key they have the same value.
  void Agree(const std::string& path, const std::string& other, const std::string& what);
  // Every field with refused= in the table is absent.
  void Refused();

  void Add(Rule rule) { rules_.push_back(std::move(rule)); }
  const Field& table() const { return table_; }

 private:
  const Field& table_;
  std::vector<Rule> rules_;
};

}  // namespace vr::api
