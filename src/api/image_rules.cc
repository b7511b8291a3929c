#include <nlohmann/json.hpp>

#include "api/contradictions.h"
#include "api/rule_values.h"
#include "base/text.h"

namespace vr::api {
namespace {

using Errors = std::vector<FieldError>;

constexpr const char* kUsualType = "sha256";  // the default of checksumType

// "sha256:abc" has its type in front.
struct Checksum {
  std::string type;
  std::string digits;
};

Checksum Parse(const std::string& written) {
  const std::string text = Lowercase(written);
  const size_t colon = text.find(':');
  if (colon == std::string::npos) return {"", text};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

// Hex digits of a checksum of the type; 0 if there is no such type.
size_t DigitsOf(const std::string& type) {
  if (type == "md5") return 32;
  if (type == "sha1") return 40;
  if (type == "sha256") return 64;
  return type == "sha512" ? 128 : 0;
}

void TypesAgree(RuleBuilder& rules, const std::string& source) {
  rules.Add({.path = source + ".checksumType",
             .detail = "differs from the type in front of the checksum; set one of them",
             .ours_only = true,
             .check = [source](const Rule& rule, const RuleInput& in, Errors& errors) {
               const std::string type = TextAt(in.now, rule.path);
               const std::string front = Parse(TextAt(in.now, source + ".checksum")).type;
               if (DigitsOf(front) == 0 || type.empty() || type == kUsualType || type == front)
                 return;
               Blame(rule, errors, type);
             }});
}

// The documentation shows shortened checksums, so this is no error.
void HasItsDigits(RuleBuilder& rules, const std::string& source) {
  rules.Add(
      {.path = source + ".checksum",
       .detail = "no file has this checksum: md5 has 32 hex digits, sha1 40, sha256 64 and "
                 "sha512 128",
       .only_warns = true,
       .check = [source](const Rule& rule, const RuleInput& in, Errors& errors) {
         const std::string text = TextAt(in.now, rule.path);
         if (text.empty()) return;
         const Checksum sum = Parse(text);
         const std::string given = TextAt(in.now, source + ".checksumType");
         const std::string type = !sum.type.empty() ? sum.type : given.empty() ? kUsualType : given;
         if (sum.digits.size() != DigitsOf(type) ||
             sum.digits.find_first_not_of("0123456789abcdef") != std::string::npos)
           Blame(rule, errors);
       }});
}

}  // namespace

void ChecksumsAreWellFormed(RuleBuilder& rules) {
  for (const char* place : {"spec.source.http", "spec.source.libvirt", "spec.source.vsphere"}) {
    TypesAgree(rules, place);
    HasItsDigits(rules, place);
  }
}

}  // namespace vr::api
