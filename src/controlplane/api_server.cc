#include "controlplane/api_server.h"

#include <nlohmann/json.hpp>

#include "api/kinds.h"
#include "base/log.h"
#include "controlplane/body.h"
#include "controlplane/discovery.h"
#include "controlplane/garbage.h"
#include "controlplane/object_writer.h"
#include "controlplane/reader.h"
#include "controlplane/request.h"
#include "controlplane/reviews.h"
#include "controlplane/table.h"

namespace vr::controlplane {
namespace {

constexpr const char* kNamespaceFinalizer = "virtrigaud.io/namespace-contents";

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
    if (form == Form::kTable) body = MakeTable(*target.resource, {body}, clock.WallNow(), true);
    (void)out.Send(JsonResponse(result->created ? 201 : 200, body, result->warnings));
  }

  void Serve(const Context& ctx, const std::string& user, const net::HttpRequest& request,
             net::ResponseWriter& out);
  void ServeResource(const Context& ctx, const ResourceRequest& target, const Query& query,
                     const net::HttpRequest& request, net::ResponseWriter& out);
  void Read(const Context& ctx, const ResourceRequest& target, const Query& query, Form form,
            net::ResponseWriter& out) const;
  void ReadDefinitions(const ResourceRequest& target, Form form, net::ResponseWriter& out) const;
  void Mutate(const ResourceRequest& target, const Query& query, Form form,
              const net::HttpRequest& request, net::ResponseWriter& out);
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
                       const net::HttpRequest& request, net::ResponseWriter& out) {
  try {
    const std::string path = request.url.substr(0, request.url.find('?'));
    if (path == "/healthz" || path == "/readyz" || path == "/livez") {
      (void)out.Send({.status = 200, .headers = {{"Content-Type", "text/plain"}}, .body = "ok"});
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
  const Target target = ParseTarget(request.url);
  const std::string accept = net::HeaderOr(request.headers, "Accept");
  if (request.method == "GET") {
    if (auto document = DiscoveryDocument(target.path, accept)) {
      auto response = JsonResponse(200, *document);
      if (target.path.size() == 1 && WantsAggregated(accept)) {
        response.headers.erase("Content-Type");
        response.headers.emplace(
            "Content-Type", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
      }
      (void)out.Send(std::move(response));
      return;
    }
  }
  if (request.method == "POST") {
    if (auto review = AnswerReview(target.path, user, request.body)) {
      (void)out.Send(JsonResponse(201, *review));
      return;
    }
  }
  const ResourceRequest resource = ParseResourcePath(target.path);
  if (resource.resource == nullptr) {
    (void)out.Send(StatusResponse(
        Simple(404, "NotFound", "the server could not find the requested resource")));
    return;
  }
  if (!resource.subresource.empty() &&
      !(resource.subresource == "status" && resource.resource->has_status)) {
    (void)out.Send(StatusResponse(
        Simple(404, "NotFound", "the server could not find the requested resource")));
    return;
  }
  ServeResource(ctx, resource, target.query, request, out);
}

void ApiServer::Impl::ServeResource(const Context& ctx, const ResourceRequest& target,
                                    const Query& query, const net::HttpRequest& request,
                                    net::ResponseWriter& out) {
  const Form form = WantedForm(net::HeaderOr(request.headers, "Accept"));
  if (request.method == "GET") {
    if (target.resource->read_only) return ReadDefinitions(target, form, out);
    return Read(ctx, target, query, form, out);
  }
  if (target.resource->read_only) {
    (void)out.Send(StatusResponse(
        Simple(405, "MethodNotAllowed",
               target.resource->type.plural + " are built in and cannot be changed here")));
    return;
  }
  Mutate(target, query, form, request, out);
}

void ApiServer::Impl::Read(const Context& ctx, const ResourceRequest& target, const Query& query,
                           Form form, net::ResponseWriter& out) const {
  if (IsTrue(query, "watch")) return WatchObjects(ctx, reading(), target, query, form, out);
  if (!target.name.empty()) return Respond(out, GetObject(reading(), target, form));
  Respond(out, ListObjects(reading(), target, query, form));
}

// Our CustomResourceDefinitions are built in: readable, so that tools find them.
void ApiServer::Impl::ReadDefinitions(const ResourceRequest& target, Form form,
                                      net::ResponseWriter& out) const {
  std::vector<Json> items;
  for (const api::KindInfo& kind : api::AllKinds()) {
    Json crd = api::CustomResourceDefinition(kind);
    crd["metadata"]["uid"] = crd["metadata"]["name"];
    crd["metadata"]["resourceVersion"] = "1";
    crd["status"]["conditions"] = {{{"type", "Established"},
                                    {"status", "True"},
                                    {"reason", "InitialNamesAccepted"},
                                    {"message", "built in"}}};
    if (target.name.empty() || crd["metadata"]["name"] == target.name)
      items.push_back(std::move(crd));
  }
  if (!target.name.empty() && items.empty())
    return Respond(out, NotFound(*target.resource, target.name));
  if (form == Form::kTable) {
    Json table = MakeTable(*target.resource, items, clock.WallNow(), true);
    table["metadata"]["resourceVersion"] = "1";
    return Respond(out, table);
  }
  if (!target.name.empty()) return Respond(out, items.front());
  Respond(out, Json{{"kind", "CustomResourceDefinitionList"},
                    {"apiVersion", "apiextensions.k8s.io/v1"},
                    {"metadata", {{"resourceVersion", "1"}}},
                    {"items", items}});
}

Outcome<Written> ApiServer::Impl::Create(WriteRequest write, Json body) {
  const Resource& resource = *write.resource;
  if (auto failure = CheckIdentity(resource, write.key, body)) return *failure;
  if (resource.type.namespaced) {
    const StoredPtr ns = storage->Get("namespaces", {"", write.key.ns});
    if (!ns) return NotFound(*FindResource("", "v1", "namespaces"), write.key.ns);
    if (ns->body.find("\"deletionTimestamp\"") != std::string::npos) {
      return Forbidden(resource.StorageName() + " cannot be created in namespace " + write.key.ns +
                       " because it is being terminated");
    }
  }
  PrepareCore(resource, body);
  if (resource.type.kind == "Namespace") body["metadata"]["finalizers"] = {kNamespaceFinalizer};
  return writer.Create(write, std::move(body));
}

Outcome<Written> ApiServer::Impl::Delete(const WriteRequest& write, const Json& body) {
  DeleteBody conditions;
  if (body.is_object()) {
    const Json preconditions = body.value("preconditions", Json::object());
    conditions.uid = preconditions.value("uid", "");
    conditions.resource_version = preconditions.value("resourceVersion", "");
    conditions.propagation = body.value("propagationPolicy", "");
  }
  WriteRequest request = write;
  request.dry_run =
      write.dry_run || (body.is_object() && body.contains("dryRun") && !body["dryRun"].empty());
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
  Outcome<Json> body = ParseBody(request);
  if (!body) return Respond(out, std::move(body));
  const auto respond = [&](Outcome<Written> result) {
    Respond(out, target, form, std::move(result));
  };
  if (request.method == "POST" && target.name.empty())
    return respond(Create(std::move(write), std::move(*body)));
  if (request.method == "DELETE" && target.name.empty())
    return Respond(out, DeleteCollection(target, query, write));
  if (target.name.empty())
    return Respond(out, Simple(405, "MethodNotAllowed",
                               "the server does not allow this method on the requested resource"));
  if (request.method == "DELETE") return respond(Delete(write, *body));
  if (request.method == "PUT") {
    if (auto failure = CheckIdentity(*target.resource, write.key, *body))
      return Respond(out, *failure);
    PrepareCore(*target.resource, *body);
    return respond(writer.Update(write, *body));
  }
  if (request.method != "PATCH")
    return Respond(out, Simple(405, "MethodNotAllowed",
                               "the server does not allow this method on the requested resource"));
  const auto kind = PatchKindOf(net::HeaderOr(request.headers, "Content-Type"));
  if (!kind)
    return Respond(out, Simple(415, "UnsupportedMediaType",
                               "the body of the request was in an unknown format - accepted media "
                               "types include: application/json-patch+json, "
                               "application/merge-patch+json, application/apply-patch+yaml"));
  if (*kind == PatchKind::kApply) {
    if (Get(query, "fieldManager").empty())
      return Respond(out, Simple(422, "Invalid",
                                 "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required "
                                 "value: is required for apply patch"));
    if (auto failure = CheckIdentity(*target.resource, write.key, *body))
      return Respond(out, *failure);
    if (target.resource->type.namespaced && !storage->Get("namespaces", {"", target.ns}))
      return Respond(out, NotFound(*FindResource("", "v1", "namespaces"), target.ns));
  }
  respond(writer.Patch(write, *kind, *body));
}

}  // namespace vr::controlplane
