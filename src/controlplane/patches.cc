#include "controlplane/patches.h"

#include <nlohmann/json.hpp>

#include "controlplane/decoding.h"
#include "controlplane/strategic.h"

namespace vr::controlplane {
namespace {

// One operation. Unlike RFC 6902 wants it, the API server lets "replace" add a missing member.
Json ApplyOperation(const Json& object, Json operation) {
  if (operation.is_object() && operation.value("op", Json()) == "replace" &&
      operation.contains("path") && operation["path"].is_string()) {
    const Json::json_pointer path(operation["path"].get<std::string>());
    if (!path.empty() && !object.contains(path) && object.contains(path.parent_pointer()) &&
        object.at(path.parent_pointer()).is_object())
      operation["op"] = "add";
  }
  return object.patch(Json::array({std::move(operation)}));
}

std::string TextOf(const Json& object, const char* name) {
  return object.contains(name) && object[name].is_string() ? object[name].get<std::string>() : "";
}

// The API server knows no schema of another version, prunes all by it and misses the spec.
Failure OtherVersion(const Resource& resource, const Json& object, const std::string& version) {
  std::vector<api::FieldError> errors = {{api::FieldErrorType::kInvalid, "apiVersion",
                                          Json(version).dump(),
                                          "must be " + resource.type.ApiVersion()}};
  std::vector<std::string> warnings;
  if (resource.IsCustom()) {
    const auto result = api::Validate(*resource.kind, nullptr, {{"metadata", object["metadata"]}});
    errors.insert(errors.end(), result.errors.begin(), result.errors.end());
    for (const char* part : {"spec", "status"}) {
      if (object.contains(part)) warnings.push_back(std::string("unknown field \"") + part + "\"");
    }
  }
  Failure failure = Invalid(resource, TextOf(object["metadata"], "name"), errors);
  failure.warnings = std::move(warnings);
  return failure;
}

// The patched object has to be the same one.
std::optional<Failure> CheckIdentityKept(const Resource& resource, const Json& live,
                                         const Json& object) {
  const Json& before = live["metadata"];
  const Json& meta = object["metadata"];
  const std::string name = TextOf(before, "name");
  const std::string kind = TextOf(object, "kind");
  if (kind != TextOf(live, "kind") && resource.IsCustom()) return WrongKind(resource, kind, name);
  if (kind != TextOf(live, "kind")) return BadRequest("a patch cannot change the kind");
  if (const std::string version = TextOf(object, "apiVersion");
      version != TextOf(live, "apiVersion")) {
    return OtherVersion(resource, object, version);
  }
  if (TextOf(meta, "name") != name) {
    return BadRequest("the name of the object (" + TextOf(meta, "name") +
                      ") does not match the name on the URL (" + name + ")");
  }
  if (TextOf(meta, "namespace") != TextOf(before, "namespace")) {
    return BadRequest(
        "the namespace of the provided object does not match the namespace sent on the request");
  }
  if (const std::string uid = TextOf(meta, "uid"); !uid.empty() && uid != TextOf(before, "uid")) {
    return Invalid(
        resource, name,
        {{api::FieldErrorType::kInvalid, "metadata.uid", Json(uid).dump(), "field is immutable"}});
  }
  return std::nullopt;
}

}  // namespace

Outcome<Json> ApplyPatch(const Resource& resource, const Json& live, PatchKind kind,
                         const Json& patch) {
  Json object = live;
  if (kind == PatchKind::kMerge) {
    object.merge_patch(patch);
  } else if (kind == PatchKind::kStrategic) {
    Outcome<Json> merged = ApplyStrategicPatch(live, patch);
    if (!merged) return merged;
    object = std::move(*merged);
  } else {
    try {
      for (const Json& operation : patch) object = ApplyOperation(object, operation);
    } catch (const Json::exception&) {
      return Generic(422, "Invalid",
                     "the server rejected our request due to an error in our request");
    }
  }
  if (!object.is_object()) return BadRequest("the patch leaves no object");
  if (const std::string why = MetaTypeProblem(object); !why.empty() && resource.IsCustom())
    return InvalidPatch(object, why);
  if (auto failure = CheckMetaTypes(resource, object)) return *failure;
  const std::string name = TextOf(live["metadata"], "name");
  if (!object.contains("metadata") || !object["metadata"].is_object() ||
      TextOf(object["metadata"], "name").empty()) {
    return BadRequest("the name of the object (" + name +
                      " based on URL) was undeterminable: name must be provided");
  }
  if (auto failure = CheckIdentityKept(resource, live, object)) return *failure;
  return object;
}

}  // namespace vr::controlplane
