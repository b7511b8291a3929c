#include "controlplane/meta_rules.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/json_fields.h"

namespace vr::controlplane {
namespace {

using api::FieldError;
using api::FieldErrorType;

constexpr size_t kMaxLabel = 63;
constexpr size_t kMaxSubdomain = 253;

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool IsLowerOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// Letters, digits and `inner`; letters or digits at both ends.
bool IsToken(std::string_view text, std::string_view inner) {
  return !text.empty() && IsAlphanumeric(text.front()) && IsAlphanumeric(text.back()) &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return IsAlphanumeric(c) || inner.find(c) != std::string_view::npos;
         });
}

bool IsDnsLabel(std::string_view text) {
  return !text.empty() && IsLowerOrDigit(text.front()) && IsLowerOrDigit(text.back()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return IsLowerOrDigit(c) || c == '-'; });
}

bool IsDnsSubdomain(std::string_view name) {
  while (true) {
    const size_t dot = name.find('.');
    if (!IsDnsLabel(name.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

std::string AtMost(size_t limit, const char* unit) {
  return "must be no more than " + std::to_string(limit) + " " + unit;
}

std::string PathSegmentProblem(const std::string& name) {
  if (name == "." || name == "..") return "may not be '" + name + "'";
  for (const char* part : {"/", "%"}) {
    if (name.find(part) != std::string::npos) return std::string("may not contain '") + part + "'";
  }
  return "";
}

std::string AtMostBytes(size_t limit) {
  return "may not be more than " + std::to_string(limit) + " bytes";
}

constexpr const char* kSubdomainRule =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "
    "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
constexpr const char* kDnsLabelRule =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
    "must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used "
    "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

void CheckName(const Resource& resource, const std::string& name, std::vector<FieldError>& errors) {
  const auto invalid = [&](const std::string& why) {
    errors.push_back({FieldErrorType::kInvalid, "metadata.name", Json(name).dump(), why});
  };
  if (name.empty()) {
    errors.push_back(
        {FieldErrorType::kRequired, "metadata.name", "", "name or generateName is required"});
  } else if (resource.type.group == "rbac.authorization.k8s.io") {
    // Names of roles have colons in them; they only have to fit into a path.
    if (const std::string why = PathSegmentProblem(name); !why.empty()) invalid(why);
  } else if (resource.type.kind == "Namespace") {
    if (name.find('.') != std::string::npos) {
      invalid("must not contain dots");
    } else if (!IsDnsLabel(name)) {
      invalid(kDnsLabelRule);
    } else if (name.size() > kMaxLabel) {
      invalid(AtMost(kMaxLabel, "bytes"));
    }
  } else if (!IsDnsSubdomain(name)) {
    invalid(kSubdomainRule);
  } else if (name.size() > kMaxSubdomain) {
    invalid(AtMost(kMaxSubdomain, "bytes"));
  }
}

void CheckKeysAndValues(const Json& meta, std::vector<FieldError>& errors) {
  constexpr size_t kMaxAnnotations = 256 * 1024;
  const auto check_key = [&](const char* field, const std::string& key, const std::string& name) {
    for (const std::string& why : QualifiedNameProblems(name))
      errors.push_back({FieldErrorType::kInvalid, field, Json(key).dump(), why});
  };
  for (const auto& [key, value] : api::Member(meta, "labels").items()) {
    check_key("metadata.labels", key, key);
    if (!value.is_string()) continue;
    const std::string why = LabelValueProblem(value.get<std::string>());
    if (!why.empty())
      errors.push_back({FieldErrorType::kInvalid, "metadata.labels", value.dump(), why});
  }
  size_t size = 0;
  for (const auto& [key, value] : api::Member(meta, "annotations").items()) {
    std::string lower = key;
    for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    check_key("metadata.annotations", key, lower);
    size += key.size() + (value.is_string() ? value.get_ref<const std::string&>().size() : 0);
  }
  if (size > kMaxAnnotations)
    errors.push_back(
        {FieldErrorType::kTooLong, "metadata.annotations", "", AtMostBytes(kMaxAnnotations)});
}

// An owner as messages show it.
nlohmann::ordered_json ShownOwner(const Json& owner) {
  nlohmann::ordered_json shown;
  for (const char* field :
       {"apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion"})
    if (owner.contains(field)) shown[field] = nlohmann::ordered_json::parse(owner[field].dump());
  return shown;
}

// One controller at most, and no Event, which does not live long enough to own anything.
void CheckOwnership(const Json& owners, std::vector<FieldError>& errors) {
  std::string controllers;
  size_t count = 0;
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const Json& owner : owners) {
    if (!owner.is_object()) continue;
    all.push_back(ShownOwner(owner));
    const auto text = [&](const char* name) {
      const Json& value = api::Member(owner, name);
      return value.is_string() ? value.get<std::string>() : "";
    };
    const std::string kind = text("kind");
    if (text("apiVersion") == "v1" && kind == "Event") {
      errors.push_back({FieldErrorType::kInvalid, "metadata.ownerReferences", all.back().dump(),
                        "/v1, Kind=Event is disallowed from being an owner"});
    }
    if (owner.value("controller", Json()) != Json(true)) continue;
    controllers += (count++ == 0 ? "" : " and ") + kind + "/" + text("name");
  }
  if (count < 2) return;
  errors.push_back({FieldErrorType::kInvalid, "metadata.ownerReferences", all.dump(),
                    "Only one reference can have Controller set to true. Found \"true\" in "
                    "references for " +
                        controllers});
}

bool HasText(const Json& list, const Json& text) {
  return list.is_array() && std::find(list.begin(), list.end(), text) != list.end();
}

void CheckFinalizers(const Json& old, const Json& meta, std::vector<FieldError>& errors) {
  std::string added;
  for (const Json& finalizer : api::Member(meta, "finalizers")) {
    if (!finalizer.is_string()) continue;
    const std::string why = QualifiedNameProblem(finalizer.get<std::string>());
    if (!why.empty()) {
      errors.push_back({FieldErrorType::kInvalid, "metadata.finalizers", finalizer.dump(), why});
    }
    if (!old.is_null() && !HasText(api::Member(old["metadata"], "finalizers"), finalizer))
      added += (added.empty() ? "" : ", ") + finalizer.dump();
  }
  if (old.is_null() || added.empty() || !old["metadata"].contains("deletionTimestamp")) return;
  errors.push_back({FieldErrorType::kForbidden, "metadata.finalizers", "",
                    "no new finalizers can be added if the object is being deleted, found new "
                    "finalizers []string{" +
                        added + "}"});
}

void CheckOwners(const Json& meta, std::vector<FieldError>& errors) {
  for (const Json& owner : api::Member(meta, "ownerReferences")) {
    for (const char* field : {"apiVersion", "kind", "name", "uid"}) {
      const Json& value = owner.is_object() ? api::Member(owner, field) : owner;
      if (value.is_string() && !value.get_ref<const std::string&>().empty()) continue;
      const std::string named = std::string(field) == "apiVersion" ? "version" : field;
      errors.push_back(
          {FieldErrorType::kInvalid, "metadata.ownerReferences." + named, "\"\"",
           std::string(field) == "apiVersion" ? "version must not be empty" : "must not be empty"});
    }
  }
  CheckOwnership(api::Member(meta, "ownerReferences"), errors);
}

}  // namespace

std::string LabelValueProblem(const std::string& value) {
  if (value.size() > kMaxLabel) return AtMost(kMaxLabel, "characters");
  if (value.empty() || IsToken(value, "-_.")) return "";
  return "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "
         "'.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or "
         "'my_value',  or '12345', regex used for validation is "
         "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
}

std::vector<std::string> QualifiedNameProblems(const std::string& name) {
  const std::string rule =
      "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
      "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
      "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
  const size_t slash = name.find('/');
  const std::string part = slash == std::string::npos ? name : name.substr(slash + 1);
  if (part.find('/') != std::string::npos) {
    return {"a qualified name " + rule +
            " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"};
  }
  std::vector<std::string> problems;
  if (slash != std::string::npos) {
    const std::string prefix = name.substr(0, slash);
    if (prefix.empty()) return {"prefix part must be non-empty"};
    if (prefix.size() > kMaxSubdomain)
      problems.push_back("prefix part " + AtMost(kMaxSubdomain, "characters"));
    if (!IsDnsSubdomain(prefix)) problems.push_back(std::string("prefix part ") + kSubdomainRule);
  }
  if (part.empty()) problems.push_back("name part must be non-empty");
  if (part.size() > kMaxLabel) problems.push_back("name part " + AtMost(kMaxLabel, "characters"));
  if (!IsToken(part, "-_.")) problems.push_back("name part " + rule);
  return problems;
}

std::string QualifiedNameProblem(const std::string& name) {
  const std::vector<std::string> problems = QualifiedNameProblems(name);
  return problems.empty() ? "" : problems.front();
}

std::vector<FieldError> CheckMetadata(const Resource& resource, const Json& old,
                                      const Json& object) {
  std::vector<FieldError> errors;
  const Json& meta = object["metadata"];
  const std::string prefix = meta.value("generateName", "");
  // Its end is no end of a name.
  if (!prefix.empty() && !IsDnsSubdomain(prefix.substr(0, prefix.find_last_not_of("-.") + 1)))
    errors.push_back(
        {FieldErrorType::kInvalid, "metadata.generateName", Json(prefix).dump(), kSubdomainRule});
  CheckName(resource, meta.value("name", ""), errors);
  if (resource.type.namespaced && meta.value("namespace", "").empty())
    errors.push_back({FieldErrorType::kRequired, "metadata.namespace", "", ""});
  CheckKeysAndValues(meta, errors);
  CheckFinalizers(old, meta, errors);
  CheckOwners(meta, errors);
  return errors;
}

std::vector<std::string> MetadataWarnings(const Json& object) {
  std::vector<std::string> warnings;
  for (const Json& finalizer : api::Member(object["metadata"], "finalizers")) {
    if (!finalizer.is_string()) continue;
    const auto& name = finalizer.get_ref<const std::string&>();
    // Kubernetes' own finalizers have no domain either.
    if (name.find('/') != std::string::npos || name == "foregroundDeletion" || name == "orphan" ||
        name == "kubernetes")
      continue;
    warnings.push_back("metadata.finalizers: \"" + name +
                       "\": prefer a domain-qualified finalizer name to avoid accidental conflicts "
                       "with other finalizer writers");
  }
  return warnings;
}

}  // namespace vr::controlplane
