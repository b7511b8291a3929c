#include "controlplane/object_writer.h"

#include <nlohmann/json.hpp>

#include "base/timestamp.h"
#include "controlplane/managed_fields.h"
#include "controlplane/object_rules.h"
#include "kube/meta_json.h"

namespace vr::controlplane {
namespace {

Json Parse(const StoredPtr& stored) {
  return stored ? Json::parse(stored->body, nullptr, false) : Json();
}

std::map<std::string, std::string> Labels(const Json& object) {
  std::map<std::string, std::string> labels;
  const Json& meta = object["metadata"];
  if (!meta.contains("labels") || !meta["labels"].is_object()) return labels;
  for (const auto& [key, value] : meta["labels"].items()) {
    if (value.is_string()) labels.emplace(key, value.get<std::string>());
  }
  return labels;
}

controlplane::Write AsWrite(Json& object, uint64_t version) {
  object["metadata"]["resourceVersion"] = std::to_string(version);
  return {object.dump(), object["metadata"].value("uid", ""), Labels(object), false};
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

bool Deleting(const Json& object) { return object["metadata"].contains("deletionTimestamp"); }

bool HasFinalizers(const Json& object) {
  const Json& meta = object["metadata"];
  return meta.contains("finalizers") && meta["finalizers"].is_array() &&
         !meta["finalizers"].empty();
}

// The failure that the store's own error stands for.
Failure StorageFailure(const Error& error) { return Simple(500, "InternalError", error.message); }

std::optional<Failure> CheckPreconditions(const WriteRequest& request, const Json& live,
                                          const std::string& uid, const std::string& version) {
  const Json& meta = live["metadata"];
  if (!uid.empty() && uid != meta.value("uid", "")) {
    return Conflict(*request.resource, request.key.name,
                    "Precondition failed: UID in precondition: " + uid +
                        ", UID in object meta: " + meta.value("uid", ""));
  }
  if (!version.empty() && version != meta.value("resourceVersion", ""))
    return Conflict(*request.resource, request.key.name, kModifiedMeanwhile);
  return std::nullopt;
}

std::string TextIn(const Json& object, const char* name) {
  const Json& meta =
      object.is_object() && object.contains("metadata") ? object["metadata"] : Json();
  return meta.is_object() && meta.contains(name) && meta[name].is_string()
             ? meta[name].get<std::string>()
             : "";
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
        const Json live = Parse(current);
        if (!current && !may_create) return refuse(NotFound(*request.resource, request.key.name));
        Outcome<Json> wanted = change(live);
        if (!wanted) return refuse(wanted.failure());
        Json object = std::move(*wanted);
        const FieldWriter writer{request.manager, request.subresource,
                                 request.resource->type.ApiVersion(), clock_.WallNow()};
        if (!current) {
          StampNew(request, clock_.WallNow(), object);
          written.created = true;
        } else {
          KeepServerFields(request, live, object);
        }
        Outcome<std::vector<std::string>> warnings = Admit(request, live, object);
        if (!warnings) return refuse(warnings.failure());
        written.warnings = std::move(*warnings);
        if (!is_apply) TrackUpdate(live, object, writer);
        if (current && Unchanged(live, object)) {
          written.object = std::make_shared<const Json>(live);
          return std::optional<controlplane::Write>();
        }
        controlplane::Write write = AsWrite(object, next);
        write.remove = current && Deleting(object) && !HasFinalizers(object);
        written.object = std::make_shared<const Json>(std::move(object));
        if (request.dry_run) return std::optional<controlplane::Write>();
        return std::optional(std::move(write));
      });
  if (!stored) return StorageFailure(stored.error());
  if (failure) return *failure;
  return written;
}

Outcome<Written> ObjectWriter::Create(const WriteRequest& request, Json body) {
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
  return Write(
      request, false,
      [&](const Json& live) -> Outcome<Json> {
        if (auto failure = CheckPreconditions(request, live, TextIn(body, "uid"),
                                              TextIn(body, "resourceVersion")))
          return *failure;
        return body;
      },
      false);
}

Outcome<Written> ObjectWriter::Patch(const WriteRequest& request, PatchKind kind,
                                     const Json& patch) {
  const auto change = [&](const Json& live) -> Outcome<Json> {
    if (kind == PatchKind::kApply) {
      const FieldWriter writer{request.manager, request.subresource,
                               request.resource->type.ApiVersion(), clock_.WallNow()};
      return ServerSideApply(*request.resource, live, patch, writer, request.force);
    }
    Json object = live;
    if (kind == PatchKind::kMerge) {
      if (auto failure = CheckPreconditions(request, live, TextIn(patch, "uid"),
                                            TextIn(patch, "resourceVersion")))
        return *failure;
      object.merge_patch(patch);
    } else {
      try {
        object = live.patch(patch);
      } catch (const Json::exception& error) {
        return Simple(
            422, "Invalid",
            std::string("the server rejected our request due to an error in our request: ") +
                error.what());
      }
    }
    if (!object.is_object() || !object.contains("metadata") || !object["metadata"].is_object())
      return BadRequest("the patch leaves no object");
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
        Json object = Parse(current);
        failure = current ? CheckPreconditions(request, object, body.uid, body.resource_version)
                          : std::optional(NotFound(*request.resource, request.key.name));
        if (failure) return std::optional<controlplane::Write>();
        if (HasFinalizers(object) && Deleting(object)) {
          written.object = std::make_shared<const Json>(std::move(object));
          return std::optional<controlplane::Write>();
        }
        if (HasFinalizers(object)) {
          object["metadata"]["deletionTimestamp"] = FormatTimestamp(clock_.WallNow());
          object["metadata"]["deletionGracePeriodSeconds"] = 0;
          if (request.resource->IsCustom())
            object["metadata"]["generation"] =
                object["metadata"].value("generation", int64_t{1}) + 1;
        }
        controlplane::Write write = AsWrite(object, next);
        write.remove = !HasFinalizers(object);
        written.object = std::make_shared<const Json>(std::move(object));
        if (request.dry_run) return std::optional<controlplane::Write>();
        return std::optional(std::move(write));
      });
  if (!stored) return StorageFailure(stored.error());
  if (failure) return *failure;
  return written;
}

}  // namespace vr::controlplane
