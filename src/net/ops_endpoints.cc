#include "net/ops_endpoints.h"

#include "net/url.h"

namespace vr::net {
namespace {

constexpr const char* kText = "text/plain; charset=utf-8";

HttpResponse Answer(int status, const char* type, std::string body) {
  return {.status = status, .headers = {{"Content-Type", type}}, .body = std::move(body)};
}

HttpResponse Probe(const Status& status) {
  if (status) return Answer(200, kText, "ok\n");
  return Answer(503, kText, status.error().message + "\n");
}

HttpResponse Route(const obs::Registry& registry, const obs::HealthChecks& health,
                   const std::string& path) {
  if (path == "/metrics") {
    return Answer(200, "text/plain; version=0.0.4; charset=utf-8", registry.Serialize());
  }
  if (path == "/healthz") return Probe(health.Ask(obs::CheckKind::kLiveness));
  if (path == "/readyz") return Probe(health.Ask(obs::CheckKind::kReadiness));
  if (path == "/health") {
    const int status = health.Ask(obs::CheckKind::kReadiness) ? 200 : 503;
    return Answer(status, "application/json", health.Json());
  }
  return Answer(404, kText, "not found\n");
}

}  // namespace

HttpHandler MakeOpsHandler(const obs::Registry& registry, const obs::HealthChecks& health) {
  return [&registry, &health](const Context&, const PeerIdentity&, const HttpRequest& request,
                              ResponseWriter& out) {
    HttpResponse response = Route(registry, health, SplitTarget(request.url).path);
    if (request.method != "GET" && request.method != "HEAD" && response.status != 404) {
      response = Answer(405, kText, "only GET is allowed\n");
      response.headers.emplace("Allow", "GET, HEAD");
    }
    (void)out.Send(std::move(response));  // a prober that left needs no answer
  };
}

}  // namespace vr::net
