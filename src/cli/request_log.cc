#include "cli/request_log.h"

#include <mutex>
#include <utility>

#include "base/duration.h"
#include "base/redact.h"

namespace vr::cli {
namespace {

class LoggingHttpClient final : public net::HttpClient {
 public:
  LoggingHttpClient(std::shared_ptr<net::HttpClient> next, std::ostream& out)
      : next_(std::move(next)), out_(out) {}

  Result<net::HttpResponse> Do(const Context& ctx, const net::HttpRequest& request) override {
    const TimePoint started = ctx.clock().Now();
    auto response = next_->Do(ctx, request);
    Log(request, response, ctx.clock().Now() - started);
    return response;
  }

  Result<net::HttpResponse> Stream(const Context& ctx, const net::HttpRequest& request,
                                   const net::ChunkHandler& on_chunk) override {
    const TimePoint started = ctx.clock().Now();
    auto response = next_->Stream(ctx, request, on_chunk);
    Log(request, response, ctx.clock().Now() - started);
    return response;
  }

 private:
  void Log(const net::HttpRequest& request, const Result<net::HttpResponse>& response,
           Duration took) {
    const std::string answer =
        response ? std::to_string(response->status) : Redact(response.error().message);
    const std::scoped_lock lock(mutex_);
    out_ << request.method << " " << Redact(request.url) << " -> " << answer << " ("
         << FormatDuration(std::chrono::round<std::chrono::milliseconds>(took)) << ")" << std::endl;
  }

  const std::shared_ptr<net::HttpClient> next_;
  std::mutex mutex_;  // one line at a time on out_
  std::ostream& out_;
};

}  // namespace

std::shared_ptr<net::HttpClient> LogRequests(std::shared_ptr<net::HttpClient> next,
                                             std::ostream& out) {
  return std::make_shared<LoggingHttpClient>(std::move(next), out);
}

}  // namespace vr::cli
