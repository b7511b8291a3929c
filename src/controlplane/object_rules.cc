#include "controlplane/object_rules.h"

#include <array>
#include <nlohmann/json.hpp>
#include <random>

#include "api/admission.h"
#include "base/timestamp.h"

namespace vr::controlplane {
namespace {

uint64_t Random() {
  thread_local std::mt19937_64 engine{(static_cast<uint64_t>(std::random_device{}()) << 32U) ^
                                      std::random_device{}()};
  return engine();
}

bool IsDnsSubdomain(const std::string& name) {
  if (name.empty() || name.size() > 253) return false;
  char previous = '.';
  for (const char c : name) {
    const bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!alphanumeric && c != '-' && c != '.') return false;
    if ((c == '.' || c == '-') && previous == '.') return false;
    if (c == '.' && previous == '-') return false;
    previous = c;
  }
  return previous != '-' && previous != '.';
}

Json StatusOf(const Json& object) { return object.contains("status") ? object["status"] : Json(); }

// What counts as desired state: everything but metadata and status.
Json Desired(const Json& object) {
  Json desired = object;
  desired.erase("metadata");
  desired.erase("status");
  return desired;
}

}  // namespace

std::string NewUid() {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string uid;
  const std::array<uint64_t, 2> bits{Random(), Random()};
  for (size_t i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) uid += '-';
    auto digit = static_cast<size_t>((bits[i / 16] >> (4 * (i % 16))) & 15U);
    if (i == 12) digit = 4;
    if (i == 16) digit = 8 + digit % 4;
    uid += kHex[digit];
  }
  return uid;
}

std::string NameSuffix() {
  static constexpr std::string_view kLetters = "bcdfghjklmnpqrstvwxz2456789";
  std::string suffix;
  for (int i = 0; i < 5; ++i) suffix += kLetters[Random() % kLetters.size()];
  return suffix;
}

std::vector<api::FieldError> CheckMetadata(const Resource& resource, const Json& object) {
  std::vector<api::FieldError> errors;
  const Json& meta = object["metadata"];
  const std::string name = meta.value("name", "");
  if (name.empty()) {
    errors.push_back(
        {api::FieldErrorType::kRequired, "metadata.name", "", "name or generateName is required"});
  } else if (!IsDnsSubdomain(name)) {
    errors.push_back(
        {api::FieldErrorType::kInvalid, "metadata.name", Json(name).dump(),
         "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' "
         "or '.', and must start and end "
         "with an alphanumeric character (e.g. 'example.com', regex used for validation is "
         "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"});
  }
  if (resource.type.namespaced && meta.value("namespace", "").empty()) {
    errors.push_back({api::FieldErrorType::kRequired, "metadata.namespace", "", ""});
  }
  for (const char* map : {"labels", "annotations"}) {
    if (!meta.contains(map) || meta[map].is_null()) continue;
    for (const auto& [key, value] : meta[map].items()) {
      if (!value.is_string()) {
        errors.push_back({api::FieldErrorType::kTypeInvalid,
                          std::string("metadata.") + map + "." + key, value.dump(),
                          "must be a string"});
      } else if (map == std::string("labels") && value.get_ref<const std::string&>().size() > 63) {
        errors.push_back({api::FieldErrorType::kInvalid, "metadata.labels", value.dump(),
                          "must be no more than 63 characters"});
      }
    }
  }
  return errors;
}

Outcome<std::vector<std::string>> Admit(const WriteRequest& request, const Json& old,
                                        Json& object) {
  const Resource& resource = *request.resource;
  std::vector<std::string> warnings;
  const std::string name = object["metadata"].value("name", "");
  std::vector<api::FieldError> errors = CheckMetadata(resource, object);
  if (resource.IsCustom()) {
    const std::vector<std::string> unknown = api::PruneUnknown(*resource.kind, object);
    if (!unknown.empty() && request.field_validation == "Strict") {
      std::string list;
      for (const std::string& path : unknown)
        list += (list.empty() ? "" : ", ") + std::string("unknown field \"") + path + "\"";
      return BadRequest(resource.type.kind + " in version \"" + resource.type.version +
                        "\" cannot be handled as a " + resource.type.kind +
                        ": strict decoding error: " + list);
    }
    if (request.field_validation != "Ignore") {
      for (const std::string& path : unknown) warnings.push_back("unknown field \"" + path + "\"");
    }
    api::ApplyDefaults(*resource.kind, object);
    if (errors.empty()) {
      api::AdmissionResult result =
          api::Validate(*resource.kind, old.is_null() ? nullptr : &old, object);
      errors = std::move(result.errors);
      if (request.subresource.empty())
        warnings.insert(warnings.end(), result.warnings.begin(), result.warnings.end());
    }
  }
  if (!errors.empty()) return Invalid(resource, name, errors);
  return warnings;
}

void KeepServerFields(const WriteRequest& request, const Json& live, Json& object) {
  Json& meta = object["metadata"];
  const Json& before = live["metadata"];
  for (const char* field :
       {"uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation",
        "name", "namespace", "generateName"}) {
    if (before.contains(field)) {
      meta[field] = before[field];
    } else {
      meta.erase(field);
    }
  }
  object["apiVersion"] = live["apiVersion"];
  object["kind"] = live["kind"];
  if (!request.resource->has_status) {
    return;
  }
  if (request.subresource == "status") {
    const Json status = StatusOf(object);
    const Json managed = meta.contains("managedFields") ? meta["managedFields"] : Json();
    object = live;
    if (!managed.is_null()) object["metadata"]["managedFields"] = managed;
    if (status.is_null()) {
      object.erase("status");
    } else {
      object["status"] = status;
    }
    return;
  }
  if (live.contains("status")) {
    object["status"] = live["status"];
  } else {
    object.erase("status");
  }
  if (request.resource->IsCustom() && Desired(object) != Desired(live))
    meta["generation"] = before.value("generation", int64_t{1}) + 1;
}

void StampNew(const WriteRequest& request, WallTime now, Json& object) {
  Json& meta = object["metadata"];
  for (const char* field :
       {"deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "resourceVersion"})
    meta.erase(field);
  meta["uid"] = NewUid();
  meta["creationTimestamp"] = FormatTimestamp(now);
  if (request.resource->IsCustom()) {
    meta["generation"] = 1;
    object.erase("status");
  }
  if (request.resource->type.kind == "Namespace") object["status"]["phase"] = "Active";
}

}  // namespace vr::controlplane
