#include "controlplane/object_rules.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "api/admission.h"
#include "base/timestamp.h"
#include "controlplane/core_rules.h"
#include "controlplane/decoding.h"
#include "controlplane/meta_rules.h"

namespace vr::controlplane {
namespace {

uint64_t Random() {
  thread_local std::mt19937_64 engine{(static_cast<uint64_t>(std::random_device{}()) << 32U) ^
                                      std::random_device{}()};
  return engine();
}

Json StatusOf(const Json& object) { return object.contains("status") ? object["status"] : Json(); }

// What counts as desired state: everything but metadata and status.
Json Desired(const Json& object) {
  Json desired = object;
  desired.erase("metadata");
  desired.erase("status");
  return desired;
}

// Removes what neither metadata nor the schema knows; the findings about it, sorted.
std::vector<std::string> RemoveUnknown(const Resource& resource, Json& object) {
  std::vector<std::string> unknown = PruneMeta(object);
  const std::vector<std::string> more =
      resource.IsCustom() ? api::PruneUnknown(*resource.kind, object) : PruneCore(resource, object);
  unknown.insert(unknown.end(), more.begin(), more.end());
  std::sort(unknown.begin(), unknown.end());
  for (std::string& path : unknown) path = "unknown field \"" + path + "\"";
  return unknown;
}

// Removes unknown fields; warns about them, or refuses them, as the request wants it.
Outcome<std::vector<std::string>> Prune(const WriteRequest& request, Json& object) {
  const Resource& resource = *request.resource;
  const std::vector<std::string> unknown = RemoveUnknown(resource, object);
  std::vector<std::string> found = request.duplicates;
  found.insert(found.end(), unknown.begin(), unknown.end());
  if (found.empty() || request.field_validation == "Ignore") return std::vector<std::string>();
  if (request.field_validation != "Strict") return found;
  std::string list;
  for (const std::string& text : found) {
    // What a YAML text has twice is told by its line.
    if (text.starts_with("line ") && list.empty()) list = "yaml: unmarshal errors:";
    list += (text.starts_with("line ") ? "\n  " : list.empty() ? "" : ", ") + text;
  }
  return NotDecodable(resource, "strict decoding error: " + list);
}

// 2.0 is the integer 2, as Go has it.
void WholeNumbers(Json& value) {
  if (value.is_structured()) {
    for (Json& item : value) WholeNumbers(item);
    return;
  }
  constexpr double kExact = 9007199254740992.0;  // 2^53
  if (!value.is_number_float()) return;
  const double number = value.get<double>();
  if (std::trunc(number) == number && std::abs(number) <= kExact)
    value = static_cast<int64_t>(number);
}

// The types of metadata and core kinds, and unknown fields, in all that the client sent.
Outcome<std::vector<std::string>> Decode(const WriteRequest& request, Json& object) {
  if (auto failure = CheckMetaTypes(*request.resource, object)) return *failure;
  if (auto failure = CheckCoreTypes(*request.resource, object)) return *failure;
  if (request.resource->IsCustom()) WholeNumbers(object);
  return Prune(request, object);
}

// Copies what a client cannot change (uid, creationTimestamp, deletion marks, status or spec by
// subresource) from `live`.
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
  for (const char* field : {"apiVersion", "kind"}) {
    if (live.contains(field)) object[field] = live[field];
  }
  if (!request.resource->has_status) return;
  // What holds a Namespace back goes through "finalize" alone.
  if (request.resource->type.kind == "Namespace" && request.subresource != "finalize")
    object["spec"] = live.value("spec", Json::object());
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
}

// Server fields of a new object.
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
  if (request.resource->type.kind == "Namespace") {
    object["spec"]["finalizers"] = {"kubernetes"};
    object["status"] = {{"phase", "Active"}};
  }
}

}  // namespace

std::optional<Failure> CheckStrictBody(const WriteRequest& request, Json body) {
  if (request.field_validation != "Strict" || !MetaTypeProblem(body).empty()) return std::nullopt;
  const Outcome<std::vector<std::string>> found = Prune(request, body);
  return found ? std::nullopt : std::optional(found.failure());
}

std::optional<Failure> CheckStrictPatch(const WriteRequest& request, const Json& patched) {
  const Resource& resource = *request.resource;
  std::string list;
  for (const std::string& text : request.duplicates) list += (list.empty() ? "" : ", ") + text;
  if (resource.IsCustom()) {
    Json copy = patched;
    for (const std::string& text : RemoveUnknown(resource, copy))
      list += (list.empty() ? "" : ", ") + text;
  }
  if (list.empty()) return std::nullopt;
  return InvalidPatch(patched, "strict decoding error: " + list);
}

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

Outcome<std::vector<std::string>> Admit(const WriteRequest& request, const Json& live, WallTime now,
                                        Json& object) {
  const Resource& resource = *request.resource;
  Outcome<std::vector<std::string>> warnings = Decode(request, object);
  if (!warnings) return warnings;
  const std::vector<std::string> found = *warnings;
  if (live.is_null()) {
    StampNew(request, now, object);
  } else {
    KeepServerFields(request, live, object);
  }
  PrepareCore(resource, object);
  std::vector<api::FieldError> errors = CheckMetadata(resource, live, object);
  const auto add = [](auto& to, const auto& more) {
    to.insert(to.end(), more.begin(), more.end());
  };
  add(errors, CheckCore(resource, live, object));
  add(*warnings, MetadataWarnings(object));
  if (resource.IsCustom()) {
    api::ApplyDefaults(*resource.kind, object);
    const api::AdmissionResult result =
        api::Validate(*resource.kind, live.is_null() ? nullptr : &live, object, errors);
    add(errors, result.errors);
    if (request.subresource.empty()) add(*warnings, result.warnings);
  }
  if (!errors.empty()) {
    // Of a status, the schema's findings leave out the first step.
    for (api::FieldError& error : errors) {
      if (request.subresource == "status" && error.detail.starts_with("status."))
        error.detail.erase(0, std::string_view("status.").size());
    }
    Failure failure = Invalid(resource, object["metadata"].value("name", ""), errors);
    failure.warnings = found;  // what else there is to warn about is told of what is stored
    return failure;
  }
  return warnings;
}

void RaiseGeneration(const WriteRequest& request, const Json& live, Json& object) {
  if (!request.resource->IsCustom() || request.subresource == "status") return;
  if (Desired(object) != Desired(live))
    object["metadata"]["generation"] = live["metadata"].value("generation", int64_t{1}) + 1;
}

}  // namespace vr::controlplane
