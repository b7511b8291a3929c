#include "controlplane/api_server.h"

#include <nlohmann/json.hpp>

#include "api/kinds.h"
#include "base/log.h"
#include "controlplane/body.h"
#include "controlplane/definitions.h"
#include "controlplane/discovery.h"
#include "controlplane/garbage.h"
#include "controlplane/health.h"
#include "controlplane/managed_fields.h"
#include "controlplane/media.h"
#include "controlplane/object_writer.h"
#include "controlplane/options.h"
#include "controlplane/reader.h"
#include "controlplane/request.h"
#include "controlplane/reviews.h"
#include "controlplane/scale.h"
#include "controlplane/table.h"

namespace vr::controlplane {
namespace {

net::HttpResponse JsonResponse(int status, const Json& body,
                               const std::vector<std::string>& warnings = {}) {
  net::HttpResponse response;
  response.status = status;
  response.headers.emplace("Content-Type", "application/json");
  for (const std::string& warning : warnings)
    response.headers.emplace("Warning", WarningHeader(warning));
  response.body = body.dump();
  return response;
}

}  // namespace

struct ApiServer::Impl {
  ApiServerOptions options;
  const Clock& clock;
  std::unique_ptr<Storage> storage;
  ObjectWriter writer;

  Impl(ApiServerOptions given, const Clock& time, std::unique_ptr<Storage> store)
      : options(std::move(given)), clock(time), storage(std::move(store)), writer(*storage, time) {}

  ReadDeps reading() const { return {*storage, clock}; }

  // The user behind a request, or "" for nobody.
  std::string Authenticate(const net::PeerIdentity& peer, const net::HttpRequest& request) const {
    const std::string header = net::HeaderOr(request.headers, "Authorization");
    if (header.starts_with("Bearer ")) {
      const auto it = options.tokens.find(header.substr(7));
      return it == options.tokens.end() ? "" : it->second;
    }
    if (!peer.common_name.empty()) return peer.common_name;
    return options.allow_anonymous ? "in-process" : "";
  }

  void Respond(net::ResponseWriter& out, Outcome<Json> result) const {
    (void)out.Send(result ? JsonResponse(200, *result) : StatusResponse(result.failure()));
  }

  void Respond(net::ResponseWriter& out, const ResourceRequest& target, Form form,
               Outcome<Written> result) const {
    if (!result) {
      (void)out.Send(StatusResponse(result.failure()));
      return;
    }
    Json body = *result->object;
    // An account is shown once more when it is deleted, as Kubernetes does it.
    if (result->removed && target.resource->type.kind != "ServiceAccount") {
      const Json& meta = body["metadata"];
      body = Deleted(*target.resource, meta.value("name", ""), meta.value("uid", ""));
      form = Form::kObject;
    }
    if (form == Form::kTable) {
      const Json version = body["metadata"].value("resourceVersion", Json());
      body = MakeTable(*target.resource, {body}, clock.WallNow(), true);
      if (!version.is_null()) body["metadata"]["resourceVersion"] = version;
    }
    if (form == Form::kMetadata) body = MetadataOf(body);
    (void)out.Send(JsonResponse(result->created ? 201 : 200, body, result->warnings));
  }

  void Serve(const Context& ctx, const std::string& user, const net::HttpRequest& request,
             net::ResponseWriter& out);
  void ServeResource(const Context& ctx, const ResourceRequest& target, const Query& query,
                     const net::HttpRequest& request, net::ResponseWriter& out);
  void Read(const Context& ctx, const ResourceRequest& target, const Query& query, Form form,
            net::ResponseWriter& out) const;
  void Mutate(const ResourceRequest& target, const Query& query, Form form,
              const net::HttpRequest& request, net::ResponseWriter& out);
  void ServeScale(const ResourceRequest& target, const Query& query,
                  const net::HttpRequest& request, net::ResponseWriter& out);
  Outcome<Written> Put(WriteRequest write, const net::HttpRequest& request);
  Outcome<Written> Patch(WriteRequest write, const Query& query, const net::HttpRequest& request);
  Outcome<Written> Create(WriteRequest write, Json body);
  Outcome<Written> Delete(const WriteRequest& write, const Json& body);
  Outcome<Json> DeleteCollection(const ResourceRequest& target, const Query& query,
                                 const WriteRequest& write);
};

ApiServer::ApiServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ApiServer::~ApiServer() = default;

Result<std::unique_ptr<ApiServer>> ApiServer::Open(const ApiServerOptions& options,
                                                   const Clock& clock) {
  VR_ASSIGN_OR_RETURN(auto storage, Storage::Open({.path = options.database}));
  std::unique_ptr<ApiServer> server(
      new ApiServer(std::make_unique<Impl>(options, clock, std::move(storage))));
  const Resource& namespaces = *FindResource("", "v1", "namespaces");
  VR_RETURN_IF_ERROR(StoreDefinitions(*server->impl_->storage, clock));
  for (const char* name : {"default", "kube-system"}) {
    if (server->impl_->storage->Get("namespaces", {"", name})) continue;
    const Json body = {
        {"apiVersion", "v1"},
        {"kind", "Namespace"},
        {"metadata", {{"name", name}, {"labels", {{"kubernetes.io/metadata.name", name}}}}}};
    auto made =
        server->impl_->writer.Create({.resource = &namespaces, .manager = "virtrigaud"}, body);
    if (!made)
      return Error{ErrorKind::kInternal,
                   "cannot create namespace " + std::string(name) + ": " + made.failure().message,
                   {}};
  }
  return server;
}

void ApiServer::CollectGarbage() { CollectGarbageOnce(*impl_->storage, impl_->writer); }

void ApiServer::Handle(const Context& ctx, const net::PeerIdentity& peer,
                       const net::HttpRequest& request, net::ResponseWriter& client) {
  YamlWriter yaml(client);
  const bool wants_yaml = WantsYaml(net::HeaderOr(request.headers, "Accept"));
  net::ResponseWriter& out = wants_yaml ? static_cast<net::ResponseWriter&>(yaml) : client;
  try {
    if (auto health = AnswerHealth(request.url)) {
      (void)out.Send(std::move(*health));
      return;
    }
    const std::string user = impl_->Authenticate(peer, request);
    if (user.empty()) {
      (void)out.Send(StatusResponse(Simple(401, "Unauthorized", "Unauthorized")));
      return;
    }
    impl_->Serve(ctx, user, request, out);
  } catch (const std::exception& error) {
    LogError(ctx, "Request failed", {{"method", request.method}, {"error", error.what()}});
    (void)out.Send(StatusResponse(
        Simple(500, "InternalError", std::string("Internal error occurred: ") + error.what())));
  }
}

void ApiServer::Impl::Serve(const Context& ctx, const std::string& user,
                            const net::HttpRequest& request, net::ResponseWriter& out) {
  constexpr size_t kMaxBody = 3UL * 1024 * 1024;
  if (request.body.size() > kMaxBody) {
    return Respond(out, Simple(413, "RequestEntityTooLarge",
                               "Request entity too large: limit is " + std::to_string(kMaxBody)));
  }
  Target target = ParseTarget(request.url);
  if (request.method == "GET") UnfoldWatchPath(target);
  const std::string accept = net::HeaderOr(request.headers, "Accept");
  if (request.method == "GET") {
    if (auto document = AnswerDiscovery(target.path, request)) {
      (void)out.Send(std::move(*document));
      return;
    }
  }
  if (request.method == "POST") {
    if (auto review = AnswerReview(target.path, user, request.body)) {
      (void)out.Send(JsonResponse(201, *review));
      return;
    }
  }
  if (request.method != "GET" && DiscoveryDocument(target.path, accept))
    return Respond(out, MethodNotAllowed());
  const ResourceRequest resource = ParseResourcePath(target.path);
  if (resource.resource == nullptr) {
    // Kubernetes' own API answers with a Status, everything else with plain text.
    const bool core = target.path.size() > 1 && target.path[0] == "api";
    (void)out.Send(core ? StatusResponse(UnknownResource()) : PageNotFound());
    return;
  }
  if (resource.subresource == "scale" && resource.resource->IsCustom() &&
      resource.resource->kind->scale) {
    return ServeScale(resource, target.query, request, out);
  }
  const bool finalize =
      resource.subresource == "finalize" && resource.resource->type.kind == "Namespace";
  if (finalize && request.method != "PUT") return Respond(out, MethodNotAllowed());
  if (!resource.subresource.empty() && !finalize &&
      !(resource.subresource == "status" && resource.resource->has_status)) {
    const bool there =
        storage->Get(resource.resource->StorageName(), {resource.ns, resource.name}).get() !=
        nullptr;
    const bool unknown = there && !resource.resource->IsCustom();
    return Respond(out, unknown ? UnknownResource() : NotFound(*resource.resource, resource.name));
  }
  ServeResource(ctx, resource, target.query, request, out);
}

void ApiServer::Impl::ServeResource(const Context& ctx, const ResourceRequest& target,
                                    const Query& query, const net::HttpRequest& request,
                                    net::ResponseWriter& out) {
  const std::string accept = net::HeaderOr(request.headers, "Accept");
  const auto form = WantedForm(accept);
  if (!form) return Respond(out, NotAcceptable(kMediaTypes));
  if (target.name.empty() && IsTrue(query, "watch") && WantsYaml(accept))
    return Respond(out, NotAcceptable(kStreamTypes));
  if (request.method == "GET" || request.method == "HEAD")
    return Read(ctx, target, query, *form, out);
  if (target.resource->read_only) {
    return Respond(
        out, Simple(405, "MethodNotAllowed",
                    target.resource->type.plural + " are built in and cannot be changed here"));
  }
  Mutate(target, query, *form, request, out);
}

void ApiServer::Impl::Read(const Context& ctx, const ResourceRequest& target, const Query& query,
                           Form form, net::ResponseWriter& out) const {
  if (auto failure = CheckGetOptions(query); failure && !target.name.empty())
    return Respond(out, *failure);
  if (!target.name.empty()) return Respond(out, GetObject(reading(), target, query, form));
  const bool watch = IsTrue(query, "watch");
  if (auto failure = CheckListOptions(query, watch)) return Respond(out, *failure);
  if (watch) return WatchObjects(ctx, reading(), target, query, form, out);
  Respond(out, ListObjects(reading(), target, query, form));
}

Outcome<Written> ApiServer::Impl::Create(WriteRequest write, Json body) {
  const Resource& resource = *write.resource;
  if (auto failure = CheckIdentity(resource, write.key, body)) return *failure;
  if (resource.type.namespaced) {
    const StoredPtr ns = storage->Get("namespaces", {"", write.key.ns});
    if (!ns) return NotFound(*FindResource("", "v1", "namespaces"), write.key.ns);
    if (ns->body.find("\"deletionTimestamp\"") != std::string::npos) {
      return Forbidden(resource, body["metadata"].value("name", ""),
                       "unable to create new content in namespace " + write.key.ns +
                           " because it is being terminated");
    }
  }
  if (!body["metadata"].value("resourceVersion", "").empty())
    return Simple(500, "", "resourceVersion should not be set on objects to be created");
  return writer.Create(write, std::move(body));
}

Outcome<Written> ApiServer::Impl::Delete(const WriteRequest& write, const Json& body) {
  DeleteBody conditions;
  if (body.is_object()) {
    const Json preconditions = body.value("preconditions", Json::object());
    conditions.uid = preconditions.value("uid", "");
    conditions.resource_version = preconditions.value("resourceVersion", "");
    conditions.propagation = body.value("propagationPolicy", "");
    if (body.value("orphanDependents", Json()) == Json(true)) conditions.propagation = "Orphan";
  }
  WriteRequest request = write;
  request.dry_run =
      write.dry_run || (body.is_object() && body.contains("dryRun") && !body["dryRun"].empty());
  const Resource& resource = *write.resource;
  if (resource.type.kind == "Namespace" &&
      (write.key.name == "default" || write.key.name == "kube-system")) {
    return Forbidden(resource, write.key.name, "this namespace may not be deleted");
  }
  Outcome<Written> result = writer.Delete(request, conditions);
  if (result && !request.dry_run) CollectGarbageOnce(*storage, writer);
  return result;
}

Outcome<Json> ApiServer::Impl::DeleteCollection(const ResourceRequest& target, const Query& query,
                                                const WriteRequest& write) {
  Outcome<Json> list = ListObjects(reading(), target, query, Form::kObject);
  if (!list) return list;
  for (const Json& item : (*list)["items"]) {
    WriteRequest one = write;
    one.key = {item["metadata"].value("namespace", ""), item["metadata"].value("name", "")};
    (void)Delete(one, {{"preconditions", {{"uid", item["metadata"].value("uid", "")}}}});
  }
  return list;
}

void ApiServer::Impl::Mutate(const ResourceRequest& target, const Query& query, Form form,
                             const net::HttpRequest& request, net::ResponseWriter& out) {
  WriteRequest write{.resource = target.resource,
                     .key = {target.ns, target.name},
                     .subresource = target.subresource};
  write.manager = FieldManager(query, net::HeaderOr(request.headers, "User-Agent"));
  write.dry_run = !Get(query, "dryRun").empty();
  write.force = IsTrue(query, "force");
  write.field_validation = Get(query, "fieldValidation");
  const auto respond = [&](Outcome<Written> result) {
    Respond(out, target, form, std::move(result));
  };
  if (request.method == "POST" && target.subresource.empty() &&
      (target.name.empty() || target.resource->IsCustom())) {
    write.key.name.clear();  // the body says it
    if (auto failure = CheckWriteOptions(query, "CreateOptions", false)) return respond(*failure);
    if (target.resource->type.namespaced && target.ns.empty()) {
      (void)out.Send(PageNotFound());
      return;
    }
    Outcome<Json> body = ParseObject(*target.resource, request);
    if (!body) return Respond(out, std::move(body));
    write.duplicates = DuplicatesIn(request);
    return respond(Create(std::move(write), std::move(*body)));
  }
  if (request.method == "DELETE" && target.subresource.empty()) {
    Outcome<Json> body = ParseDeleteOptions(request);
    if (!body) return Respond(out, std::move(body));
    if (auto failure = CheckDeleteOptions(query, *body)) return respond(*failure);
    if (target.name.empty() && !target.resource->type.namespaced)
      return Respond(out, MethodNotAllowed());
    if (target.name.empty()) return Respond(out, DeleteCollection(target, query, write));
    if (body->is_null()) *body = Json::object();
    if (query.contains("propagationPolicy"))
      (*body)["propagationPolicy"] = Get(query, "propagationPolicy");
    return respond(Delete(write, *body));
  }
  if (request.method != "PUT" && request.method != "PATCH")
    return Respond(out, NotSupported(*target.resource, request.method));
  if (target.name.empty()) return Respond(out, BadRequest("name must be provided"));
  respond(request.method == "PUT" ? Put(std::move(write), request)
                                  : Patch(std::move(write), query, request));
}

void ApiServer::Impl::ServeScale(const ResourceRequest& target, const Query& query,
                                 const net::HttpRequest& request, net::ResponseWriter& out) {
  Outcome<Json> live = ReadScale(reading(), target);
  if (!live || request.method == "GET" || request.method == "HEAD")
    return Respond(out, std::move(live));
  WriteRequest write{.resource = target.resource,
                     .key = {target.ns, target.name},
                     .subresource = target.subresource};
  write.manager = FieldManager(query, net::HeaderOr(request.headers, "User-Agent"));
  write.dry_run = !Get(query, "dryRun").empty();
  write.field_validation = Get(query, "fieldValidation");
  Outcome<Json> scale = MethodNotAllowed();
  if (request.method == "PUT") {
    scale = ParseObject(*target.resource, request);
  } else if (request.method == "PATCH") {
    Outcome<PatchKind> kind =
        PatchKindOf(*target.resource, net::HeaderOr(request.headers, "Content-Type"));
    if (!kind) return Respond(out, kind.failure());
    Outcome<Json> patch = ParsePatch(request, *kind);
    if (!patch) return Respond(out, std::move(patch));
    scale = PatchedScale(*target.resource, *live, *kind, *patch);
  }
  if (!scale) return Respond(out, std::move(scale));
  Respond(out, target, Form::kObject, WriteScale(writer, write, *scale));
}

Outcome<Written> ApiServer::Impl::Put(WriteRequest write, const net::HttpRequest& request) {
  const Query query = ParseTarget(request.url).query;
  if (auto failure = CheckWriteOptions(query, "UpdateOptions", false)) return *failure;
  Outcome<Json> body = ParseObject(*write.resource, request);
  if (!body) return body.failure();
  write.duplicates = DuplicatesIn(request);
  if (auto failure = CheckIdentity(*write.resource, write.key, *body)) return *failure;
  return writer.Update(write, *body);
}

Outcome<Written> ApiServer::Impl::Patch(WriteRequest write, const Query& query,
                                        const net::HttpRequest& request) {
  const Resource& resource = *write.resource;
  Outcome<PatchKind> kind = PatchKindOf(resource, net::HeaderOr(request.headers, "Content-Type"));
  if (!kind) return kind.failure();
  const bool apply = *kind == PatchKind::kApply;
  if (auto failure = CheckWriteOptions(query, "PatchOptions", apply)) return *failure;
  Outcome<Json> patch = ParsePatch(request, *kind);
  if (!patch) return patch.failure();
  if (apply) {
    if (auto failure = CheckApplyPatch(resource, *patch)) return *failure;
    if (auto failure = CheckIdentity(resource, write.key, *patch)) return *failure;
    if (resource.type.namespaced && !storage->Get("namespaces", {"", write.key.ns}))
      return NotFound(*FindResource("", "v1", "namespaces"), write.key.ns);
  }
  return writer.Patch(write, *kind, *patch);
}

}  // namespace vr::controlplane
