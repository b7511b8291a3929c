#include "controllers/webhook/handler.h"

#include <exception>

#include "base/log.h"
#include "net/url.h"
#include "obs/catalog.h"

namespace vr::controllers {
namespace {

net::HttpResponse Plain(int status, std::string text) {
  return {.status = status,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
          .body = std::move(text)};
}

// A query, for example "?timeout=10s" of the API server, is of no interest.
bool IsEndpoint(const std::string& path) {
  return path == kValidatePath || path == kMutatePath || path == kConvertPath;
}

ReviewAnswer Review(const std::string& path, const std::string& body, const ChangeAdvisor& advise) {
  if (path == kValidatePath) return ValidateReview(body, advise);
  return path == kMutatePath ? MutateReview(body) : ConvertReview(body);
}

// A review that we fail on must not take the manager down.
ReviewAnswer Guarded(const Context& ctx, const std::string& path, const std::string& body,
                     const ChangeAdvisor& advise) {
  try {
    return Review(path, body, advise);
  } catch (const std::exception& defect) {
    LogError(ctx, "Review not answered", {{"endpoint", path}, {"error", defect.what()}});
    return {.status = 500,
            .body = "the review could not be answered; the manager's log says why\n",
            .kind = "other",
            .outcome = "malformed"};
  }
}

}  // namespace

net::HttpHandler MakeWebhookHandler(ChangeAdvisor advise, obs::Registry& metrics,
                                    const Clock& clock) {
  return [advise = std::move(advise), &metrics, &clock](
             const Context& ctx, const net::PeerIdentity&, const net::HttpRequest& request,
             net::ResponseWriter& out) {
    const std::string path = net::SplitTarget(request.url).path;
    net::HttpResponse response;
    if (!IsEndpoint(path)) {
      response = Plain(404, "not found: reviews go to /validate, /mutate or /convert\n");
    } else if (request.method != "POST") {
      response = Plain(405, "only POST of a review is allowed\n");
      response.headers.emplace("Allow", "POST");
    } else if (!net::HeaderOr(request.headers, "Content-Type").starts_with("application/json")) {
      response = Plain(415, "a review is sent as application/json\n");
    } else {
      const TimePoint started = clock.Now();
      ReviewAnswer answer = Guarded(ctx, path, request.body, advise);
      const std::string endpoint = path.substr(1);
      metrics.Increment(obs::kWebhookRequests, {endpoint, answer.kind, answer.outcome});
      metrics.Observe(obs::kWebhookDuration, {endpoint},
                      std::chrono::duration<double>(clock.Now() - started).count());
      response = Plain(answer.status, std::move(answer.body));
      if (answer.status == 200) {
        response.headers.clear();
        response.headers.emplace("Content-Type", "application/json");
      }
    }
    (void)out.Send(std::move(response));  // who left needs no answer
  };
}

}  // namespace vr::controllers
