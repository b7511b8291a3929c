#include "controlplane/api_server.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/kinds.h"
#include "base/log.h"
#include "base/random.h"
#include "base/utf8.h"
#include "controlplane/access.h"
#include "controlplane/audit.h"
#include "controlplane/body.h"
#include "controlplane/default_roles.h"
#include "controlplane/definitions.h"
#include "controlplane/discovery.h"
#include "controlplane/garbage.h"
#include "controlplane/headed_writer.h"
#include "controlplane/health.h"
#include "controlplane/inflight.h"
#include "controlplane/maintenance.h"
#include "controlplane/media.h"
#include "controlplane/options.h"
#include "controlplane/quota.h"
#include "controlplane/reader.h"
#include "controlplane/request.h"
#include "controlplane/responses.h"
#include "controlplane/reviews.h"
#include "controlplane/write_handler.h"

namespace vr::controlplane {
namespace {

RequestClass ClassOf(const Attributes& wanted) {
  if (wanted.verb == "watch") return RequestClass::kWatch;
  return wanted.verb == "get" || wanted.verb == "list" ? RequestClass::kRead : RequestClass::kWrite;
}

// What is no UTF-8 could neither be stored nor quoted.
std::optional<Failure> CheckText(const Target& target, const net::HttpRequest& request) {
  bool url = std::all_of(target.path.begin(), target.path.end(), IsUtf8);
  for (const auto& [name, value] : target.query) url = url && IsUtf8(name) && IsUtf8(value);
  if (!url) return BadRequest("the URL is not UTF-8");
  for (const char* name : {"Content-Type", "Accept", "User-Agent"}) {
    if (!IsUtf8(net::HeaderOr(request.headers, name)))
      return BadRequest("the header " + std::string(name) + " is not UTF-8");
  }
  const bool binary = IsProtobuf(ContentTypeOf(request));
  if (!binary && !IsUtf8(request.body)) return BadRequest("the body is not UTF-8");
  return std::nullopt;
}

net::HttpResponse TooManyRequests() {
  auto response =
      StatusResponse(Simple(429, "TooManyRequests", "Too many requests, please try again later."));
  response.headers.emplace("Retry-After", "1");
  return response;
}

}  // namespace

struct ApiServer::Impl {
  ApiServerOptions options;
  const Clock& clock;
  std::unique_ptr<Storage> storage;
  ObjectWriter writer;
  const ServiceAccountTokens tokens;
  const AccessControl access;
  WriteHandler writes;
  InflightLimiter limiter{{}};

  Impl(ApiServerOptions given, const Clock& time, std::unique_ptr<Storage> store)
      : options(std::move(given)),
        clock(time),
        storage(std::move(store)),
        writer(*storage, time),
        tokens(*storage, time, options.token_key.empty() ? RandomHex(32) : options.token_key),
        access(*storage, tokens, options.tokens, options.trust_everybody),
        writes(*storage, writer, access, clock, options.advise) {}

  ReadDeps reading() const { return {*storage, clock}; }

  void Admit(const Context& ctx, const net::PeerIdentity& peer, const net::HttpRequest& request,
             const std::string& audit_id, net::ResponseWriter& out);
  void Serve(const Context& ctx, const Target& target, const User& user,
             const net::HttpRequest& request, net::ResponseWriter& out);
  std::optional<net::HttpResponse> AnswerPost(const Target& target, const User& user,
                                              const net::HttpRequest& request);
  void ServeResource(const Context& ctx, const User& user, const ResourceRequest& target,
                     const Query& query, const net::HttpRequest& request, net::ResponseWriter& out);
  void Read(const Context& ctx, const ResourceRequest& target, const Query& query, Form form,
            net::ResponseWriter& out) const;
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
  VR_RETURN_IF_ERROR(StoreDefaultRoles(*server->impl_->storage, server->impl_->writer));
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

void ApiServer::CollectGarbage() {
  CollectGarbageOnce(*impl_->storage, impl_->writer, impl_->clock.WallNow());
  UpdateQuotaStatus(*impl_->storage, impl_->writer);
}

void ApiServer::Handle(const Context& ctx, const net::PeerIdentity& peer,
                       const net::HttpRequest& request, net::ResponseWriter& client) {
  const std::string accept = net::HeaderOr(request.headers, "Accept");
  const std::string audit_id = AuditIdOf(request);
  HeadedWriter headed(client, audit_id, impl_->clock);
  YamlWriter yaml(headed);
  net::ResponseWriter& formatted =
      WantsYaml(accept) ? static_cast<net::ResponseWriter&>(yaml) : headed;
  OldMetaWriter old(formatted);
  net::ResponseWriter& out =
      WantsOldMeta(accept) ? static_cast<net::ResponseWriter&>(old) : formatted;
  try {
    if (auto health = AnswerHealth(request.url, [&] { return impl_->storage->CheckWritable(); })) {
      (void)out.Send(std::move(*health));
      return;
    }
    impl_->Admit(ctx, peer, request, audit_id, out);
  } catch (const std::exception& error) {
    LogError(ctx, "Request failed", {{"method", request.method}, {"error", error.what()}});
    (void)out.Send(StatusResponse(
        Simple(500, "InternalError", std::string("Internal error occurred: ") + error.what())));
  }
}

// Who it is, whether he may, whether there is room: then the request is served, and audited.
void ApiServer::Impl::Admit(const Context& ctx, const net::PeerIdentity& peer,
                            const net::HttpRequest& request, const std::string& audit_id,
                            net::ResponseWriter& out) {
  const WallTime received = clock.WallNow();
  Target target = ParseTarget(request.url);
  if (request.method == "GET") UnfoldWatchPath(target);
  const Attributes wanted = AttributesOf(request.method, target);
  CodeRecorder recorder(out);
  const Outcome<Requester> requester = access.Authenticate(peer, request);
  const auto slot = requester ? limiter.Enter(ClassOf(wanted), requester->user.name) : std::nullopt;
  if (!requester) {
    (void)recorder.Send(StatusResponse(requester.failure()));
  } else if (auto refused = access.Authorize(requester->user, wanted)) {
    (void)recorder.Send(StatusResponse(*refused));
  } else if (!slot) {
    (void)recorder.Send(TooManyRequests());
  } else {
    Serve(ctx, target, requester->user, request, recorder);
  }
  if (!options.audit || !IsAudited(wanted, recorder.code())) return;
  const Requester nobody{{.name = kAnonymous, .uid = "", .groups = {}}, std::nullopt};
  options.audit(AuditEvent({audit_id, peer, request, requester ? *requester : nobody, wanted,
                            received, clock.WallNow(), recorder.code()}));
}

// What is posted and not stored: reviews, requests for tokens, maintenance. Nothing for the rest.
std::optional<net::HttpResponse> ApiServer::Impl::AnswerPost(const Target& target, const User& user,
                                                             const net::HttpRequest& request) {
  const auto answer = [](const Outcome<Json>& result, int code) {
    return result ? JsonResponse(code, *result) : StatusResponse(result.failure());
  };
  const auto restored = [&]() -> vr::Status {
    VR_RETURN_IF_ERROR(StoreDefinitions(*storage, clock));
    return StoreDefaultRoles(*storage, writer);
  };
  const std::string path = request.url.substr(0, request.url.find('?'));
  if (auto done = HandleMaintenance(*storage, options.backup_folder, path, request.body, restored))
    return answer(*done, 200);
  if (auto review = AnswerReview({access.authorizer(), tokens}, target.path, user, request))
    return answer(*review, 201);
  const ResourceRequest resource = ParseResourcePath(target.path);
  if (resource.resource == nullptr || resource.subresource != "token" ||
      resource.resource->type.kind != "ServiceAccount") {
    return std::nullopt;
  }
  Outcome<Json> token = ParseReview(request);
  if (token) token = tokens.Issue({resource.ns, resource.name}, std::move(*token));
  return answer(token, 201);
}

void ApiServer::Impl::Serve(const Context& ctx, const Target& target, const User& user,
                            const net::HttpRequest& request, net::ResponseWriter& out) {
  constexpr size_t kMaxBody = 3UL * 1024 * 1024;
  if (request.body.size() > kMaxBody) {
    return Respond(out, Simple(413, "RequestEntityTooLarge",
                               "Request entity too large: limit is " + std::to_string(kMaxBody)));
  }
  if (auto failure = CheckText(target, request)) return Respond(out, *failure);
  const std::string accept = net::HeaderOr(request.headers, "Accept");
  if (request.method == "GET") {
    if (auto document = AnswerDiscovery(target.path, request)) {
      (void)out.Send(std::move(*document));
      return;
    }
  }
  if (request.method == "POST") {
    if (auto answer = AnswerPost(target, user, request)) {
      (void)out.Send(std::move(*answer));
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
    const auto form = WantedForm(accept);
    if (!form) return Respond(out, NotAcceptable(kMediaTypes));
    return writes.ServeScale(resource, target.query, *form, request, out);
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
  ServeResource(ctx, user, resource, target.query, request, out);
}

void ApiServer::Impl::ServeResource(const Context& ctx, const User& user,
                                    const ResourceRequest& target, const Query& query,
                                    const net::HttpRequest& request, net::ResponseWriter& out) {
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
  writes.Serve(user, target, query, *form, request, out);
}

void ApiServer::Impl::Read(const Context& ctx, const ResourceRequest& target, const Query& query,
                           Form form, net::ResponseWriter& out) const {
  if (auto failure = CheckGetOptions(query); failure && !target.name.empty())
    return Respond(out, *failure);
  if (!target.name.empty()) return Respond(out, GetObject(reading(), target, query, form));
  const bool watch = IsTrue(query, "watch");
  if (auto failure = CheckListOptions(query, watch)) return Respond(out, *failure);
  if (watch) return WatchObjects(ctx, reading(), target, query, form, out);
  const Outcome<std::string> list = ListBody(reading(), target, query, form);
  if (!list) return Respond(out, list.failure());
  (void)out.Send({.status = 200, .headers = {{"Content-Type", "application/json"}}, .body = *list});
}

}  // namespace vr::controlplane
