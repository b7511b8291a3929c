#include "testing/in_memory_control_plane.h"

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <stop_token>
#include <utility>

#include "controlplane/resource.h"

namespace vr::testing {
namespace {

using Json = nlohmann::json;

constexpr const char* kServer = "http://in-memory";

// Collects an answer, or hands its body on.
class Answer final : public net::ResponseWriter {
 public:
  explicit Answer(const net::ChunkHandler* on_chunk) : on_chunk_(on_chunk) {}

  Status Send(net::HttpResponse response) override {
    response_.status = response.status;
    response_.headers = std::move(response.headers);
    return Write(response.body);
  }
  Status Start(int status, net::Headers headers) override {
    response_.status = status;
    response_.headers = std::move(headers);
    return {};
  }
  Status Write(std::string_view chunk) override {
    if (on_chunk_ != nullptr && response_.status < 300) {
      if (status_) status_ = (*on_chunk_)(chunk);
      return status_;
    }
    response_.body += chunk;
    return {};
  }

  Result<net::HttpResponse> Take() {
    if (!status_) return status_.error();
    return std::move(response_);
  }

 private:
  const net::ChunkHandler* on_chunk_;
  net::HttpResponse response_;
  Status status_;
};

const char* ReasonOf(int status) {
  switch (status) {
    case 404:
      return "NotFound";
    case 409:
      return "Conflict";
    case 410:
      return "Expired";
    case 429:
      return "TooManyRequests";
    case 500:
      return "InternalError";
    default:
      return "ServiceUnavailable";
  }
}

net::HttpResponse Refusal(int status) {
  const Json body = {{"kind", "Status"},    {"apiVersion", "v1"},
                     {"status", "Failure"}, {"reason", ReasonOf(status)},
                     {"code", status},      {"message", "injected by the test"}};
  return {.status = status, .headers = {{"Content-Type", "application/json"}}, .body = body.dump()};
}

// A stop of its own that follows another one. Must outlive its token's users.
class LinkedStop {
 public:
  explicit LinkedStop(const std::stop_token& parent)
      : link_(parent, [this] { source_.request_stop(); }) {}
  LinkedStop(const LinkedStop&) = delete;
  LinkedStop& operator=(const LinkedStop&) = delete;
  std::stop_token token() const { return source_.get_token(); }
  void Request() { source_.request_stop(); }

 private:
  std::stop_source source_;
  std::stop_callback<std::function<void()>> link_;
};

}  // namespace

class InMemoryControlPlane::Transport final : public net::HttpClient {
 public:
  Transport(controlplane::ApiServer& server, bool faults) : server_(server), faulty_(faults) {}

  Result<net::HttpResponse> Do(const Context& ctx, const net::HttpRequest& request) override {
    return Perform(ctx, request, nullptr);
  }
  Result<net::HttpResponse> Stream(const Context& ctx, const net::HttpRequest& request,
                                   const net::ChunkHandler& on_chunk) override {
    return Perform(ctx, request, &on_chunk);
  }

  void Inject(Fault fault) {
    const std::lock_guard lock(mutex_);
    faults_.push_back(std::move(fault));
  }
  void ClearFaults() {
    const std::lock_guard lock(mutex_);
    faults_.clear();
  }
  void CutWatches() {
    const std::lock_guard lock(mutex_);
    for (LinkedStop* stream : streams_) stream->Request();
  }
  int Requests(const std::string& method, const std::string& path_contains) const {
    const std::lock_guard lock(mutex_);
    int count = 0;
    for (const auto& [made, target] : requests_) {
      if ((method.empty() || made == method) && target.find(path_contains) != std::string::npos)
        ++count;
    }
    return count;
  }

 private:
  Result<net::HttpResponse> Perform(const Context& ctx, const net::HttpRequest& request,
                                    const net::ChunkHandler* on_chunk) {
    const std::string what = request.method + " " + request.url;
    VR_RETURN_IF_ERROR(ctx.Check(what));
    net::HttpRequest local = request;
    local.url = request.url.substr(std::string_view(kServer).size());
    const std::optional<Fault> fault = Meet(local);
    if (fault && fault->kind == FaultKind::kStatus) return Refusal(fault->status);
    if (fault && fault->kind == FaultKind::kDelay) VR_RETURN_IF_ERROR(ctx.Sleep(fault->delay));
    if (fault && fault->kind == FaultKind::kHang) {
      VR_RETURN_IF_ERROR(ctx.Sleep(std::chrono::hours(24 * 365)));
    }
    Result<net::HttpResponse> response =
        on_chunk == nullptr ? Execute(ctx, local, nullptr) : Follow(ctx, local, what, *on_chunk);
    if (fault && fault->kind == FaultKind::kLostReply)
      return Error{ErrorKind::kUnavailable, what + ": the connection was lost (by the test)", {}};
    return response;
  }

  Result<net::HttpResponse> Execute(const Context& ctx, const net::HttpRequest& request,
                                    const net::ChunkHandler* on_chunk) {
    Answer answer(on_chunk);
    server_.Handle(ctx, {.address = "in-memory"}, request, answer);
    return answer.Take();
  }

  Result<net::HttpResponse> Follow(const Context& ctx, const net::HttpRequest& request,
                                   const std::string& what, const net::ChunkHandler& on_chunk) {
    LinkedStop stop(ctx.stop());
    std::list<LinkedStop*>::iterator entry;
    {
      const std::lock_guard lock(mutex_);
      entry = streams_.insert(streams_.end(), &stop);
    }
    Result<net::HttpResponse> response = Execute(ctx.WithStop(stop.token()), request, &on_chunk);
    {
      const std::lock_guard lock(mutex_);
      streams_.erase(entry);
    }
    if (!response) return response;
    VR_RETURN_IF_ERROR(ctx.Check(what));
    if (stop.token().stop_requested())
      return Error{ErrorKind::kUnavailable, what + ": the connection was lost (by the test)", {}};
    return response;
  }

  // Notes the request, and takes the fault that it meets.
  std::optional<Fault> Meet(const net::HttpRequest& request) {
    if (!faulty_) return std::nullopt;
    const std::lock_guard lock(mutex_);
    requests_.emplace_back(request.method, request.url);
    for (auto it = faults_.begin(); it != faults_.end(); ++it) {
      const bool matches = (it->method.empty() || it->method == request.method) &&
                           request.url.find(it->path_contains) != std::string::npos;
      if (!matches) continue;
      Fault fault = *it;
      if (it->count > 0 && --it->count == 0) faults_.erase(it);
      return fault;
    }
    return std::nullopt;
  }

  controlplane::ApiServer& server_;
  const bool faulty_;
  mutable std::mutex mutex_;  // guards all below; not held while a request runs
  std::list<Fault> faults_;
  std::list<LinkedStop*> streams_;
  std::vector<std::pair<std::string, std::string>> requests_;
};

namespace {

// Tests cannot go on without a server.
std::unique_ptr<controlplane::ApiServer> OpenServer(const Clock& clock) {
  auto server = controlplane::ApiServer::Open({.trust_everybody = true}, clock);
  if (server) return std::move(*server);
  std::fprintf(stderr, "in-memory control plane: %s\n", server.error().message.c_str());
  std::abort();
}

}  // namespace

InMemoryControlPlane::InMemoryControlPlane(const Clock& clock)
    : server_(OpenServer(clock)),
      transport_(std::make_shared<Transport>(*server_, true)),
      client_(std::make_unique<kube::Client>(
          kube::ClientConfig{.server = kServer, .http = transport_, .bearer_token = {}})),
      direct_(std::make_unique<kube::Client>(
          kube::ClientConfig{.server = kServer,
                             .http = std::make_shared<Transport>(*server_, false),
                             .bearer_token = {}})),
      clock_(clock) {}

InMemoryControlPlane::~InMemoryControlPlane() = default;

Result<Json> InMemoryControlPlane::Create(Json object) {
  const std::string version = object.value("apiVersion", "");
  const std::string kind = object.value("kind", "");
  for (const controlplane::Resource& resource : controlplane::AllResources()) {
    if (resource.type.ApiVersion() != version || resource.type.kind != kind) continue;
    if (resource.type.namespaced && !object["metadata"].contains("namespace"))
      object["metadata"]["namespace"] = "default";
    return direct_->Create(Context({}, clock_), resource.type, object);
  }
  return Error{ErrorKind::kNotFound, "create: there is no kind " + version + " " + kind, {}};
}

Result<Json> InMemoryControlPlane::Patch(const kube::ResourceType& type, const kube::Key& key,
                                         const Json& patch, const std::string& subresource) {
  return direct_->Patch(Context({}, clock_), type, key, kube::PatchType::kMerge, patch,
                        {.field_manager = "test", .subresource = subresource});
}

Result<Json> InMemoryControlPlane::Get(const kube::ResourceType& type, const kube::Key& key) const {
  return direct_->Get(Context({}, clock_), type, key);
}

Result<std::vector<Json>> InMemoryControlPlane::List(const kube::ResourceType& type,
                                                     const std::string& ns) const {
  VR_ASSIGN_OR_RETURN(kube::ListPage page,
                      direct_->List(Context({}, clock_), type, {.ns = ns, .limit = 0}));
  return std::move(page.items);
}

Status InMemoryControlPlane::Delete(const kube::ResourceType& type, const kube::Key& key) {
  return direct_->Delete(Context({}, clock_), type, key);
}

void InMemoryControlPlane::Inject(Fault fault) { transport_->Inject(std::move(fault)); }
void InMemoryControlPlane::ClearFaults() { transport_->ClearFaults(); }
void InMemoryControlPlane::CutWatches() { transport_->CutWatches(); }
int InMemoryControlPlane::Requests(const std::string& method,
                                   const std::string& path_contains) const {
  return transport_->Requests(method, path_contains);
}

}  // namespace vr::testing
