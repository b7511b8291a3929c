#include "controlplane/write_handler.h"

#include <nlohmann/json.hpp>

#include "controlplane/body.h"
#include "controlplane/garbage.h"
#include "controlplane/managed_fields.h"
#include "controlplane/options.h"
#include "controlplane/quota.h"
#include "controlplane/rbac_rules.h"
#include "controlplane/responses.h"
#include "controlplane/scale.h"

namespace vr::controlplane {
namespace {

bool DryRun(const WriteRequest& write, const Json& delete_options) {
  return write.dry_run || (delete_options.is_object() && delete_options.contains("dryRun") &&
                           !delete_options["dryRun"].empty());
}

}  // namespace

// Whether new objects may stand in the namespace.
std::optional<Failure> WriteHandler::CheckNamespace(const Resource& resource, const std::string& ns,
                                                    const std::string& name) const {
  if (!resource.type.namespaced) return std::nullopt;
  const StoredPtr found = storage_.Get("namespaces", {"", ns});
  if (!found) return NotFound(*FindResource("", "v1", "namespaces"), ns);
  if (!found->links.deleting) return std::nullopt;
  Failure failure = Forbidden(
      resource, name,
      "unable to create new content in namespace " + ns + " because it is being terminated");
  Json details = *failure.details;
  details["causes"] = {{{"reason", "NamespaceTerminating"},
                        {"message", "namespace " + ns + " is being terminated"},
                        {"field", "metadata.namespace"}}};
  failure.details = std::make_shared<const Json>(std::move(details));
  return failure;
}

Outcome<Written> WriteHandler::Create(WriteRequest write, Json body) {
  const Resource& resource = *write.resource;
  if (auto failure = CheckIdentity(resource, write.key, body)) return *failure;
  const std::string name = body["metadata"].value("name", "");
  if (auto failure = CheckNamespace(resource, write.key.ns, name)) return *failure;
  if (!body["metadata"].value("resourceVersion", "").empty())
    return Simple(500, "", "resourceVersion should not be set on objects to be created");
  return writer_.Create(write, std::move(body));
}

Outcome<Written> WriteHandler::Delete(const WriteRequest& write, const Json& body) {
  DeleteBody conditions;
  if (body.is_object()) {
    const Json preconditions = body.value("preconditions", Json::object());
    conditions.uid = preconditions.value("uid", "");
    conditions.resource_version = preconditions.value("resourceVersion", "");
    conditions.propagation = body.value("propagationPolicy", "");
    if (body.value("orphanDependents", Json()) == Json(true)) conditions.propagation = "Orphan";
  }
  WriteRequest request = write;
  request.dry_run = DryRun(write, body);
  const Resource& resource = *write.resource;
  if (resource.type.kind == "Namespace" &&
      (write.key.name == "default" || write.key.name == "kube-system")) {
    return Forbidden(resource, write.key.name, "this namespace may not be deleted");
  }
  return writer_.Delete(request, conditions);
}

// What hangs on an object that went goes with it.
void WriteHandler::CollectGarbage(bool dry_run) {
  if (!dry_run) CollectGarbageOnce(storage_, writer_, clock_.WallNow());
}

Outcome<Json> WriteHandler::DeleteCollection(const ResourceRequest& target, const Query& query,
                                             const WriteRequest& write, const Json& options) {
  const Outcome<std::string> text =
      ListBody(ReadDeps{storage_, clock_}, target, query, Form::kObject);
  if (!text) return text.failure();
  Json list = Json::parse(*text);
  std::optional<Failure> failed;
  for (const Json& item : list["items"]) {
    WriteRequest one = write;
    one.key = {item["metadata"].value("namespace", ""), item["metadata"].value("name", "")};
    Json conditions = options;
    const bool own = options.contains("preconditions");
    if (!own) conditions["preconditions"] = {{"uid", item["metadata"].value("uid", "")}};
    const Outcome<Written> deleted = Delete(one, conditions);
    if (deleted || failed) continue;
    constexpr int kGone = 404, kReplaced = 409;
    const int code = deleted.failure().code;
    const bool late = code == kGone || (code == kReplaced && !own);  // somebody else was faster
    if (!late) failed = deleted.failure();
  }
  CollectGarbage(DryRun(write, options));
  if (failed) return *failed;
  return list;
}

// What a role has to allow once the object is known: creation by a patch, and what roles give away.
std::optional<Failure> WriteHandler::CheckRights(const User& user, const Resource& resource,
                                                 const Json& live, const Json& object) const {
  if (live.is_null()) {
    const Json& meta = object["metadata"];
    const Attributes create{.verb = "create",
                            .group = resource.type.group,
                            .resource = resource.type.plural,
                            .ns = meta.value("namespace", ""),
                            .name = meta.value("name", "")};
    if (auto failure = access_.Authorize(user, create)) return failure;
    if (auto failure = CheckNamespace(resource, create.ns, create.name)) return failure;
    if (auto failure = CheckQuota(storage_, resource, object)) return failure;
  }
  return CheckEscalation(access_.authorizer(), user, resource, object);
}

WriteRequest WriteHandler::RequestOf(const ResourceRequest& target, const Query& query,
                                     const net::HttpRequest& request) {
  WriteRequest write{.resource = target.resource,
                     .key = {target.ns, target.name},
                     .subresource = target.subresource};
  write.manager = FieldManager(query, net::HeaderOr(request.headers, "User-Agent"));
  write.dry_run = !Get(query, "dryRun").empty();
  write.force = IsTrue(query, "force");
  write.field_validation = Get(query, "fieldValidation");
  return write;
}

void WriteHandler::Serve(const User& user, const ResourceRequest& target, const Query& query,
                         Form form, const net::HttpRequest& request, net::ResponseWriter& out) {
  WriteRequest write = RequestOf(target, query, request);
  write.guard = [&](const Json& live, const Json& object) {
    return CheckRights(user, *target.resource, live, object);
  };
  const auto respond = [&](const Outcome<Written>& result) {
    RespondWritten(out, *target.resource, form, clock_.WallNow(), result);
  };
  if (request.method == "POST" && target.subresource.empty() &&
      (target.name.empty() || target.resource->IsCustom())) {
    write.key.name.clear();  // the body says it
    if (target.resource->type.namespaced && target.ns.empty()) {
      const auto failure = CheckWriteOptions(query, "CreateOptions", false);
      (void)out.Send(failure ? StatusResponse(*failure) : PageNotFound());
      return;
    }
    return respond(Post(std::move(write), query, request));
  }
  if (request.method == "DELETE" && target.subresource.empty())
    return ServeDelete(target, query, form, write, request, out);
  if (request.method != "PUT" && request.method != "PATCH")
    return Respond(out, NotSupported(*target.resource, request.method));
  if (target.name.empty()) return Respond(out, BadRequest("name must be provided"));
  respond(Change(user, std::move(write), query, request));
}

// PUT and PATCH, with a word on what the change will mean.
Outcome<Written> WriteHandler::Change(const User& user, WriteRequest write, const Query& query,
                                      const net::HttpRequest& request) {
  const Resource& resource = *write.resource;
  const bool write_is_dry = write.dry_run;
  const bool advised = advise_ && resource.IsCustom() && write.subresource.empty();
  Json before;
  Json after;
  write.guard = [&](const Json& live, const Json& object) {
    if (advised && !live.is_null()) {
      before = live;
      after = object;
    }
    return CheckRights(user, resource, live, object);
  };
  Outcome<Written> result = request.method == "PUT" ? Put(std::move(write), query, request)
                                                    : Patch(std::move(write), query, request);
  if (result && result->ended) CollectGarbage(write_is_dry);
  if (!result || before.is_null() || before["spec"] == after["spec"]) return result;
  for (std::string& advice : advise_(ObjectSource(storage_), resource.type.kind, before, after))
    result->warnings.push_back(std::move(advice));
  return result;
}

Outcome<Written> WriteHandler::Post(WriteRequest write, const Query& query,
                                    const net::HttpRequest& request) {
  if (auto failure = CheckWriteOptions(query, "CreateOptions", false)) return *failure;
  Outcome<Json> body = ParseObject(*write.resource, request);
  if (!body) return body.failure();
  write.duplicates = DuplicatesIn(request);
  return Create(std::move(write), std::move(*body));
}

void WriteHandler::ServeDelete(const ResourceRequest& target, const Query& query, Form form,
                               const WriteRequest& write, const net::HttpRequest& request,
                               net::ResponseWriter& out) {
  Outcome<Json> body = ParseDeleteOptions(request);
  if (!body) return Respond(out, body);
  if (auto failure = CheckDeleteOptions(query, *body)) return Respond(out, *failure);
  const bool all = target.name.empty();
  if (all && !target.resource->type.namespaced) return Respond(out, MethodNotAllowed());
  // Never of all namespaces at once.
  if (all && target.ns.empty() && target.resource->IsCustom()) {
    (void)out.Send(PageNotFound());
    return;
  }
  if (all && target.ns.empty()) return Respond(out, MethodNotAllowed());
  if (body->is_null()) *body = Json::object();
  if (query.contains("propagationPolicy"))
    (*body)["propagationPolicy"] = Get(query, "propagationPolicy");
  if (all) return Respond(out, DeleteCollection(target, query, write, *body));
  const Outcome<Written> deleted = Delete(write, *body);
  if (deleted) CollectGarbage(DryRun(write, *body));
  RespondWritten(out, *target.resource, form, clock_.WallNow(), deleted);
}

void WriteHandler::ServeScale(const ResourceRequest& target, const Query& query, Form form,
                              const net::HttpRequest& request, net::ResponseWriter& out) {
  Outcome<Json> live = ReadScale(ReadDeps{storage_, clock_}, target);
  if (!live || request.method == "GET" || request.method == "HEAD")
    return Respond(out, live ? ScaleAs(form, std::move(*live), clock_.WallNow()) : std::move(live));
  const WriteRequest write = RequestOf(target, query, request);
  Outcome<Json> scale = MethodNotAllowed();
  if (request.method == "PUT") {
    scale = ParseObject(*target.resource, request);
  } else if (request.method == "PATCH") {
    Outcome<PatchKind> kind = PatchKindOf(*target.resource, ContentTypeOf(request));
    if (!kind) return Respond(out, kind.failure());
    Outcome<Json> patch = ParsePatch(request, *kind);
    if (!patch) return Respond(out, std::move(patch));
    scale = PatchedScale(*target.resource, *live, *kind, *patch);
  }
  if (!scale) return Respond(out, std::move(scale));
  if (auto failure = CheckScale(*scale, target.name)) return Respond(out, *failure);
  RespondWritten(out, *target.resource, Form::kObject, clock_.WallNow(),
                 WriteScale(writer_, write, *scale));
}

Outcome<Written> WriteHandler::Put(WriteRequest write, const Query& query,
                                   const net::HttpRequest& request) {
  if (auto failure = CheckWriteOptions(query, "UpdateOptions", false)) return *failure;
  Outcome<Json> body = ParseObject(*write.resource, request);
  if (!body) return body.failure();
  write.duplicates = DuplicatesIn(request);
  if (auto failure = CheckIdentity(*write.resource, write.key, *body)) return *failure;
  return writer_.Update(write, *body);
}

Outcome<Written> WriteHandler::Patch(WriteRequest write, const Query& query,
                                     const net::HttpRequest& request) {
  const Resource& resource = *write.resource;
  Outcome<PatchKind> kind = PatchKindOf(resource, ContentTypeOf(request));
  if (!kind) return kind.failure();
  const bool apply = *kind == PatchKind::kApply;
  if (auto failure = CheckWriteOptions(query, "PatchOptions", apply)) return *failure;
  Outcome<Json> patch = ParsePatch(request, *kind);
  if (!patch) return patch.failure();
  write.duplicates = DuplicatesIn(request);
  if (apply) {
    if (write.field_validation == "Strict" && !write.duplicates.empty()) {
      std::string list;
      for (const std::string& text : write.duplicates) list += "\n  " + text;
      return BadRequest(
          "error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:" +
          list);
    }
    if (auto failure = CheckApplyPatch(resource, *patch)) return *failure;
    const Json& meta = patch->contains("metadata") ? (*patch)["metadata"] : Json();
    const bool named = meta.is_object() && !meta.value("name", "").empty();
    if (auto failure = CheckIdentity(resource, write.key, *patch)) return *failure;
    if (!named && !storage_.Get(resource.StorageName(), write.key))
      return BadRequest("the name of the object (" + write.key.name +
                        " based on URL) was undeterminable: name must be provided");
    if (resource.type.namespaced && !storage_.Get("namespaces", {"", write.key.ns}))
      return NotFound(*FindResource("", "v1", "namespaces"), write.key.ns);
  }
  return writer_.Patch(write, *kind, *patch);
}

}  // namespace vr::controlplane
