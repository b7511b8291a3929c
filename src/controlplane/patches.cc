#include "controlplane/patches.h"

#include <nlohmann/json.hpp>

#include "controlplane/decoding.h"

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
    return Invalid(resource, name,
                   {{api::FieldErrorType::kInvalid, "apiVersion", Json(version).dump(),
                     "must be " + resource.type.ApiVersion()}});
  }
  if (TextOf(meta, "name") != name) {
    return BadRequest("the name of the object (" + TextOf(meta, "name") +
                      ") does not match the name on the URL (" + name + ")");
  }
  if (TextOf(meta, "namespace") != TextOf(before, "namespace")) {
    return BadRequest(
        "the namespace of the provided object does not match the namespace sent on the request");
  }
  if (const std::string uid = TextOf(meta, "uid"); uid != TextOf(before, "uid")) {
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
  } else {
    try {
      for (const Json& operation : patch) object = ApplyOperation(object, operation);
    } catch (const Json::exception&) {
      return Generic(422, "Invalid",
                     "the server rejected our request due to an error in our request");
    }
  }
  if (!object.is_object()) return BadRequest("the patch leaves no object");
  if (auto failure = CheckMetaTypes(resource, object)) return *failure;
  if (!object.contains("metadata") || !object["metadata"].is_object())
    return BadRequest("the patch leaves no metadata");
  if (auto failure = CheckIdentityKept(resource, live, object)) return *failure;
  return object;
}

}  // namespace vr::controlplane
