#include "net/http_connection.h"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <exception>
#include <limits>
#include <utility>

#include "base/log.h"
#include "net/response_stream.h"

namespace vr::net {
namespace {

namespace http = boost::beast::http;
using Parser = http::request_parser<http::string_body>;

constexpr size_t kReadSize = 16384;
constexpr size_t kLingerBytes = size_t{1} << 20;
constexpr std::chrono::seconds kLinger(1);

// Why a request is not handled; status 0: leave without an answer.
struct Refusal {
  int status;
  std::string text;
};

Refusal RefusalFor(const boost::system::error_code& code) {
  if (code == http::error::body_limit) return {413, "the request body is too large\n"};
  if (code == http::error::header_limit) return {431, "the request head is too large\n"};
  return {400, "not an HTTP request: " + code.message() + "\n"};
}

class Connection {
 public:
  Connection(Transport& transport, const PeerIdentity& peer, const ConnectionDeps& deps)
      : transport_(transport), peer_(peer), deps_(deps) {}

  void Serve() {
    while (!deps_.stop_streams.stop_requested() && ServeOne()) {
    }
  }

  void Refuse() {
    Parser parser;
    if (!AwaitRequest() || ReadHead(parser)) return;
    Answer({503, "too many connections\n"}, {{"Retry-After", "1"}});
  }

 private:
  bool ServeOne() {
    Parser parser;
    if (!AwaitRequest()) return false;
    auto refusal = ReadHead(parser);
    if (!refusal) refusal = ReadBody(parser);
    if (refusal) {
      if (refusal->status != 0) Answer(*refusal, {});
      return false;
    }
    return Handle(parser);
  }

  // Between requests a peer may take its time, and may leave.
  bool AwaitRequest() { return buffer_.size() > 0 || ReadMore(deps_.limits.idle_timeout) == 0; }

  // Returns 0 for success, otherwise the status to refuse with; -1 to leave in silence.
  int ReadMore(Duration patience) { return ReadUntil(SystemClock().Now() + patience); }

  int ReadUntil(TimePoint deadline) {
    const auto space = buffer_.prepare(kReadSize);
    const auto got = transport_.Read(static_cast<char*>(space.data()), space.size(), deadline);
    if (!got) return got.error().kind == ErrorKind::kTimeout ? 408 : -1;
    if (*got == 0) return -1;
    buffer_.commit(*got);
    return 0;
  }

  static std::optional<Refusal> ReadRefusal(int status) {
    if (status == 0) return std::nullopt;
    return Refusal{std::max(status, 0), "the request came too slowly\n"};
  }

  // Feeds the parser until done() holds.
  template <class Done>
  std::optional<Refusal> Feed(Parser& parser, Duration patience, Done done) {
    const TimePoint deadline = SystemClock().Now() + patience;
    while (!done()) {
      boost::system::error_code code = http::error::need_more;
      if (buffer_.size() > 0) buffer_.consume(parser.put(buffer_.data(), code));
      if (code && code != http::error::need_more) return RefusalFor(code);
      if (done()) break;
      if (!code && buffer_.size() > 0) continue;
      if (auto refusal = ReadRefusal(ReadUntil(deadline))) return refusal;
    }
    return std::nullopt;
  }

  std::optional<Refusal> ReadHead(Parser& parser) {
    parser.header_limit(static_cast<std::uint32_t>(
        std::min<size_t>(deps_.limits.max_header, std::numeric_limits<std::uint32_t>::max())));
    parser.body_limit(deps_.limits.max_body);
    auto refusal =
        Feed(parser, deps_.limits.header_timeout, [&] { return parser.is_header_done(); });
    if (refusal) return refusal;
    if (parser.get().version() >= 11 && parser.get().count(http::field::host) != 1) {
      return Refusal{400, "the request needs one Host header\n"};
    }
    return std::nullopt;
  }

  std::optional<Refusal> ReadBody(Parser& parser) {
    const auto expect = parser.get()[http::field::expect];
    if (!expect.empty()) {
      if (!boost::beast::iequals(expect, "100-continue")) {
        return Refusal{417, "only 100-continue can be expected\n"};
      }
      if (!parser.is_done() && buffer_.size() == 0 && parser.get().version() >= 11 &&
          !transport_.Write("HTTP/1.1 100 Continue\r\n\r\n",
                            SystemClock().Now() + deps_.limits.write_timeout)) {
        return Refusal{0, {}};
      }
    }
    parser.eager(true);
    return Feed(parser, deps_.limits.body_timeout, [&] { return parser.is_done(); });
  }

  bool Handle(Parser& parser) {
    auto& message = parser.get();
    const AnswerForm form{.http_1_0 = message.version() < 11,
                          .head = message.method() == http::verb::head,
                          .keep_alive = message.keep_alive()};
    HttpRequest request{.method = std::string(message.method_string()),
                        .url = std::string(message.target()),
                        .headers = {},
                        .body = std::move(message.body())};
    for (const auto& field : message) {
      request.headers.emplace(std::string(field.name_string()), std::string(field.value()));
    }
    const std::stop_source stop;
    const std::stop_callback on_stop(deps_.stop_requests,
                                     [source = stop]() mutable { source.request_stop(); });
    ResponseStream out(transport_, form, deps_.limits.write_timeout, stop, deps_.stop_streams);
    bool complete = true;
    {
      const HangupMonitor::Watch watch(deps_.monitor, transport_.fd(), stop);
      complete = Call(Context(stop.get_token()), request, out);
    }
    const bool reusable = (complete || !out.started()) && out.Finish();
    const Context log;
    LogDebug(log, "answered an HTTP request",
             {{"method", request.method},
              {"path", request.url.substr(0, request.url.find('?'))},
              {"status", std::to_string(out.status())},
              {"peer", peer_.address}});
    if (!reusable) Linger();
    return reusable;
  }

  // False if the handler failed with an exception: then the answer may be half written.
  bool Call(const Context& ctx, const HttpRequest& request, ResponseStream& out) {
    std::string reason;
    try {
      deps_.handler(ctx, peer_, request, out);
      return true;
    } catch (const std::exception& e) {
      reason = e.what();
    }
    LogError(ctx, "an HTTP handler threw", {{"method", request.method}, {"error", reason}});
    if (!out.started()) {
      (void)out.Send({.status = 500, .headers = {}, .body = "internal error\n"});
      return true;
    }
    return false;
  }

  void Answer(const Refusal& refusal, Headers headers) {
    headers.emplace("Content-Type", "text/plain; charset=utf-8");
    ResponseStream out(transport_, {.http_1_0 = false, .head = false, .keep_alive = false},
                       deps_.limits.write_timeout, std::stop_source(), {});
    if (out.Send({.status = refusal.status, .headers = std::move(headers), .body = refusal.text})) {
      Linger();
    }
  }

  // Closing with unread bytes resets the connection, and the peer may lose our answer. So read on
  // for a moment.
  void Linger() {
    const TimePoint deadline = SystemClock().Now() + kLinger;
    transport_.ShutdownSend(deadline);
    for (size_t total = 0; total < kLingerBytes;) {
      buffer_.clear();
      if (ReadUntil(deadline) != 0) return;
      total += buffer_.size();
    }
  }

  Transport& transport_;
  const PeerIdentity& peer_;
  const ConnectionDeps& deps_;
  boost::beast::flat_buffer buffer_;  // read, not yet parsed
};

}  // namespace

void ServeConnection(Transport& transport, const PeerIdentity& peer, const ConnectionDeps& deps) {
  Connection(transport, peer, deps).Serve();
}

void RefuseConnection(Transport& transport, const ConnectionDeps& deps) {
  Connection(transport, {}, deps).Refuse();
}

}  // namespace vr::net
