#include "controlplane/object_writer.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/timestamp.h"
#include "controlplane/core_rules.h"
#include "controlplane/event_versions.h"
#include "controlplane/managed_fields.h"
#include "controlplane/object_rules.h"
#include "controlplane/patches.h"
#include "kube/meta_json.h"

namespace vr::controlplane {
namespace {

std::map<std::string, std::string> Labels(const Json& object) {
  std::map<std::string, std::string> labels;
  const Json& meta = object["metadata"];
  if (!meta.contains("labels") || !meta["labels"].is_object()) return labels;
  for (const auto& [key, value] : meta["labels"].items()) {
    if (value.is_string()) labels.emplace(key, value.get<std::string>());
  }
  return labels;
}

controlplane::Write AsWrite(const Resource& resource, Json& object, uint64_t version) {
  object["metadata"]["resourceVersion"] = std::to_string(version);
  return {ToStored(resource, object).dump(), object["metadata"].value("uid", ""), Labels(object),
          false, LinksOf(object)};
}

// The same object but for its resource version and the times in managedFields.
bool Unchanged(Json before, Json after) {
  before["metadata"].erase("resourceVersion");
  after["metadata"].erase("resourceVersion");
  const auto drop_times = [](Json& object) {
    if (!object["metadata"].contains("managedFields")) return;
    for (Json& entry : object["metadata"]["managedFields"]) entry.erase("time");
  };
  drop_times(before);
  drop_times(after);
  return before == after;
}

// What a dry run answers with: no version has been given out.
void KeepVersion(const Json& live, Json& object) {
  if (live.is_null()) {
    object["metadata"].erase("resourceVersion");
  } else {
    object["metadata"]["resourceVersion"] = live["metadata"]["resourceVersion"];
  }
}

bool Deleting(const Json& object) { return object["metadata"].contains("deletionTimestamp"); }

bool HasList(const Json& object, const char* part, const char* name) {
  return object.contains(part) && object[part].is_object() && object[part].contains(name) &&
         object[part][name].is_array() && !object[part][name].empty();
}

// Namespaces are held by a list of their own.
bool HasFinalizers(const Json& object) {
  return HasList(object, "metadata", "finalizers") ||
         (object.value("kind", "") == "Namespace" && HasList(object, "spec", "finalizers"));
}

// Keeps the books of an update. Like Kubernetes', those of a status also count what was sent as
// metadata, although a status write leaves metadata alone.
void TrackAsSent(const WriteRequest& request, const Json& live, const Json& sent, Json& object,
                 const FieldWriter& writer) {
  if (request.subresource != "status" || !request.resource->IsCustom())
    return TrackUpdate(*request.resource, live, object, writer);
  Json tracked = object;
  for (const char* name : {"labels", "annotations", "finalizers", "ownerReferences"}) {
    tracked["metadata"].erase(name);
    if (sent.contains(name) && !sent[name].empty()) tracked["metadata"][name] = sent[name];
  }
  TrackUpdate(*request.resource, live, tracked, writer);
  object["metadata"].erase("managedFields");
  if (tracked["metadata"].contains("managedFields"))
    object["metadata"]["managedFields"] = tracked["metadata"]["managedFields"];
}

// The failure that the store's own error stands for.
Failure StorageFailure(const Error& error) { return Simple(500, "InternalError", error.message); }

std::optional<Failure> CheckDeletePreconditions(const WriteRequest& request, const Json& live,
                                                const DeleteBody& body) {
  const Json& meta = live["metadata"];
  const std::string uid = meta.value("uid", "");
  const std::string version = meta.value("resourceVersion", "");
  if (!body.uid.empty() && body.uid != uid) {
    return ConflictOfKind(*request.resource, request.key.name,
                          "the UID in the precondition (" + body.uid +
                              ") does not match the UID in record (" + uid +
                              "). The object might have been deleted and then recreated");
  }
  if (!body.resource_version.empty() && body.resource_version != version) {
    return ConflictOfKind(*request.resource, request.key.name,
                          "the ResourceVersion in the precondition (" + body.resource_version +
                              ") does not match the ResourceVersion in record (" + version +
                              "). The object might have been modified");
  }
  return std::nullopt;
}

std::string TextIn(const Json& object, const char* name) {
  const Json& meta =
      object.is_object() && object.contains("metadata") ? object["metadata"] : Json();
  return meta.is_object() && meta.contains(name) && meta[name].is_string()
             ? meta[name].get<std::string>()
             : "";
}

std::optional<Failure> CheckVersion(const WriteRequest& request, const Json& live,
                                    const Json& body) {
  const std::string version = TextIn(body, "resourceVersion");
  if (version.find_first_not_of("0123456789") != std::string::npos) {
    return Simple(500, "",
                  "strconv.ParseUint: parsing " + Json(version).dump() + ": invalid syntax");
  }
  if (const std::string time = TextIn(body, "deletionTimestamp");
      !time.empty() && request.resource->IsCustom() && time != TextIn(live, "deletionTimestamp")) {
    return Invalid(*request.resource, request.key.name,
                   {{api::FieldErrorType::kInvalid, "metadata.deletionTimestamp", Json(time).dump(),
                     "field is immutable"}});
  }
  if (version.empty() || version == live["metadata"].value("resourceVersion", ""))
    return std::nullopt;
  return Conflict(*request.resource, request.key.name, kModifiedMeanwhile);
}

// Who applies to an object of a certain UID means that one.
std::optional<Failure> CheckUid(const WriteRequest& request, const Json& live, const Json& patch) {
  const std::string uid = TextIn(patch, "uid");
  const std::string found = TextIn(live, "uid");
  if (uid.empty() || uid == found) return std::nullopt;
  if (!live.is_null()) {
    return Invalid(
        *request.resource, request.key.name,
        {{api::FieldErrorType::kInvalid, "metadata.uid", Json(uid).dump(), "field is immutable"}});
  }
  return Conflict(*request.resource, request.key.name,
                  "uid mismatch: the provided object specified uid " + uid +
                      ", and no existing object was found");
}

// A PUT has to say which state it replaces, where lost updates would hurt.
bool NeedsVersion(const Resource& resource) {
  return resource.IsCustom() || resource.type.kind == "Lease";
}

// Adds what has to happen to dependents before the object may go.
void AddPropagation(const std::string& policy, Json& object) {
  const char* finalizer = policy == "Foreground" ? "foregroundDeletion"
                          : policy == "Orphan"   ? "orphan"
                                                 : nullptr;
  if (finalizer == nullptr) return;
  Json& list = object["metadata"]["finalizers"];
  if (!list.is_array()) list = Json::array();
  if (std::find(list.begin(), list.end(), finalizer) == list.end()) list.push_back(finalizer);
}

void MarkDeleting(const WriteRequest& request, WallTime now, Json& object) {
  Json& meta = object["metadata"];
  meta["deletionTimestamp"] = FormatTimestamp(now);
  if (object.value("kind", "") == "Namespace") {
    object["status"]["phase"] = "Terminating";
  } else {
    meta["deletionGracePeriodSeconds"] = 0;
  }
  if (request.resource->IsCustom()) meta["generation"] = meta.value("generation", int64_t{1}) + 1;
}

}  // namespace

// The one way into the store. Decides inside the writer's lock; a refusal leaves through `failure`.
Outcome<Written> ObjectWriter::Write(const WriteRequest& request, bool may_create,
                                     const Change& change, bool is_apply) {
  std::optional<Failure> failure;
  Written written;
  const auto refuse = [&](Failure reason) {
    failure = std::move(reason);
    return Result<std::optional<controlplane::Write>>(std::optional<controlplane::Write>());
  };
  const auto stored = storage_.Modify(
      request.resource->StorageName(), request.key,
      [&](const StoredPtr& current, uint64_t next) -> Result<std::optional<controlplane::Write>> {
        const Json live = ReadStored(*request.resource, current);
        if (!current && !may_create) return refuse(NotFound(*request.resource, request.key.name));
        Outcome<Json> wanted = change(live);
        if (!wanted) return refuse(wanted.failure());
        Json object = std::move(*wanted);
        const Json sent = object["metadata"];
        const WallTime now = clock_.WallNow();
        Outcome<std::vector<std::string>> warnings = Admit(request, live, now, object);
        if (!warnings) return refuse(warnings.failure());
        written.created = !current;
        written.warnings = std::move(*warnings);
        if (request.guard) {
          if (auto refused = request.guard(live, object)) return refuse(std::move(*refused));
        }
        if (current) RaiseGeneration(request, live, object);
        const FieldWriter writer{request.manager, request.subresource,
                                 request.resource->type.ApiVersion(), now};
        if (!is_apply) TrackAsSent(request, live, sent, object, writer);
        if (current && Unchanged(live, object)) {
          written.object = std::make_shared<const Json>(live);
          return std::optional<controlplane::Write>();
        }
        controlplane::Write write = AsWrite(*request.resource, object, next);
        write.remove = current && Deleting(object) && !HasFinalizers(object);
        written.ended = write.remove;
        if (request.dry_run) KeepVersion(live, object);
        written.object = std::make_shared<const Json>(std::move(object));
        if (request.dry_run) return std::optional<controlplane::Write>();
        return std::optional(std::move(write));
      });
  if (!stored) return StorageFailure(stored.error());
  if (failure) return *failure;
  return written;
}

Outcome<Written> ObjectWriter::Create(const WriteRequest& request, Json body) {
  if (auto failure = CheckStrictBody(request, body)) return *failure;
  if (auto failure = CheckCoreTypes(*request.resource, body)) return *failure;
  WriteRequest named = request;
  Json& meta = body["metadata"];
  const bool generated = TextIn(body, "name").empty() && !TextIn(body, "generateName").empty();
  for (int attempt = 0; attempt < 8; ++attempt) {
    if (generated) meta["name"] = TextIn(body, "generateName") + NameSuffix();
    if (request.resource->type.namespaced) meta["namespace"] = request.key.ns;
    named.key = {request.resource->type.namespaced ? request.key.ns : "", TextIn(body, "name")};
    Outcome<Written> result = Write(
        named, true,
        [&](const Json& live) -> Outcome<Json> {
          if (!live.is_null()) return AlreadyExists(*request.resource, named.key.name);
          return body;
        },
        false);
    if (result || !generated || result.failure().reason != "AlreadyExists") return result;
  }
  return Simple(500, "ServerTimeout",
                "no free name for generateName " + TextIn(body, "generateName"));
}

Outcome<Written> ObjectWriter::Update(const WriteRequest& request, const Json& body) {
  if (auto failure = CheckStrictBody(request, body)) return *failure;
  return Write(
      request, request.resource->type.kind == "Lease" && request.subresource.empty(),
      [&](const Json& live) -> Outcome<Json> {
        if (live.is_null()) return body;
        const std::string uid = TextIn(body, "uid");
        const std::string live_uid = live["metadata"].value("uid", "");
        if (!uid.empty() && uid != live_uid) {
          const std::string ns = request.key.ns.empty() ? "" : request.key.ns + "/";
          return Conflict(*request.resource, request.key.name,
                          "StorageError: invalid object, Code: 4, Key: /registry/" +
                              request.resource->RegistryFolder() + "/" + ns + request.key.name +
                              ", ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID "
                              "in precondition: " +
                              uid + ", UID in object meta: " + live_uid);
        }
        const std::string version = TextIn(body, "resourceVersion");
        if (NeedsVersion(*request.resource) && (version.empty() || version == "0"))
          return InvalidUpdate(*request.resource, request.key.name);
        if (auto failure = CheckVersion(request, live, body)) return *failure;
        return body;
      },
      false);
}

Outcome<Written> ObjectWriter::Patch(const WriteRequest& request, PatchKind kind,
                                     const Json& patch) {
  const auto change = [&](const Json& live) -> Outcome<Json> {
    if (kind == PatchKind::kApply) {
      if (auto failure = CheckCoreTypes(*request.resource, patch)) return *failure;
      if (auto failure = CheckUid(request, live, patch)) return *failure;
      if (!live.is_null()) {
        if (auto failure = CheckVersion(request, live, patch)) return *failure;
      }
      const FieldWriter writer{request.manager, request.subresource,
                               request.resource->type.ApiVersion(), clock_.WallNow()};
      return ServerSideApply(*request.resource, live, patch, writer, request.force);
    }
    Outcome<Json> object = ApplyPatch(*request.resource, live, kind, patch);
    if (!object) return object;
    if (request.field_validation == "Strict") {
      if (auto failure = CheckStrictPatch(request, *object)) return *failure;
    }
    if (auto failure = CheckVersion(request, live, *object)) return *failure;
    return object;
  };
  return Write(request, kind == PatchKind::kApply && request.subresource.empty(), change,
               kind == PatchKind::kApply);
}

Outcome<Written> ObjectWriter::Delete(const WriteRequest& request, const DeleteBody& body) {
  std::optional<Failure> failure;
  Written written;
  const auto stored = storage_.Modify(
      request.resource->StorageName(), request.key,
      [&](const StoredPtr& current, uint64_t next) -> Result<std::optional<controlplane::Write>> {
        Json object = ReadStored(*request.resource, current);
        const Json live = object;
        failure = current ? CheckDeletePreconditions(request, object, body)
                          : std::optional(NotFound(*request.resource, request.key.name));
        if (failure) return std::optional<controlplane::Write>();
        if (HasFinalizers(object) && Deleting(object)) {
          written.object = std::make_shared<const Json>(std::move(object));
          return std::optional<controlplane::Write>();
        }
        AddPropagation(body.propagation, object);
        if (HasFinalizers(object)) MarkDeleting(request, clock_.WallNow(), object);
        controlplane::Write write = AsWrite(*request.resource, object, next);
        write.remove = !HasFinalizers(object);
        written.removed = write.remove;
        if (request.dry_run) KeepVersion(live, object);
        written.object = std::make_shared<const Json>(std::move(object));
        if (request.dry_run) return std::optional<controlplane::Write>();
        return std::optional(std::move(write));
      });
  if (!stored) return StorageFailure(stored.error());
  if (failure) return *failure;
  return written;
}

}  // namespace vr::controlplane
