#include "net/response_stream.h"

#include <array>
#include <boost/beast/http/status.hpp>
#include <charconv>

namespace vr::net {
namespace {

bool HasBody(int status) { return status >= 200 && status != 204 && status != 304; }

bool IsUnsafe(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

// These describe the connection or the framing, which is ours.
bool IsOurs(std::string_view name) {
  static constexpr std::array<std::string_view, 3> kOurs{"Content-Length", "Transfer-Encoding",
                                                         "Connection"};
  const CaseInsensitiveLess less;
  for (const auto ours : kOurs) {
    if (!less(name, ours) && !less(ours, name)) return true;
  }
  return false;
}

}  // namespace

Status ResponseStream::Head(std::string& out, int status, const Headers& headers,
                            std::optional<size_t> body_size) {
  namespace http = boost::beast::http;
  status_ = status;
  const auto reason = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(status)));
  out = "HTTP/1.1 " + std::to_string(status) + " " + std::string(reason) + "\r\n";
  for (const auto& [name, value] : headers) {
    if (IsUnsafe(name) || IsUnsafe(value) || name.empty()) {
      return Error{ErrorKind::kInternal, "response header '" + name + "' holds a line break", {}};
    }
    if (!IsOurs(name)) out += name + ": " + value + "\r\n";
  }
  if (HasBody(status)) {
    if (body_size) {
      out += "Content-Length: " + std::to_string(*body_size) + "\r\n";
    } else if (!form_.http_1_0) {
      out += "Transfer-Encoding: chunked\r\n";
    }
  }
  const bool until_close = form_.http_1_0 && !body_size;
  if (!form_.keep_alive || until_close) {
    out += "Connection: close\r\n";
  } else if (form_.http_1_0) {
    out += "Connection: keep-alive\r\n";
  }
  out += "\r\n";
  return {};
}

Status ResponseStream::Put(std::string_view bytes) {
  Status status = transport_.Write(bytes, SystemClock().Now() + write_timeout_);
  if (status) return status;
  state_ = State::kBroken;
  request_.request_stop();
  return Error{ErrorKind::kCancelled, "write the answer: " + status.error().message, {}};
}

Status ResponseStream::Send(HttpResponse response) {
  if (state_ != State::kFresh) return Error{ErrorKind::kInternal, "answered twice", {}};
  std::string out;
  VR_RETURN_IF_ERROR(Head(out, response.status, response.headers, response.body.size()));
  if (!form_.head && HasBody(response.status)) out += response.body;
  state_ = State::kSent;
  return Put(out);
}

Status ResponseStream::Start(int status, Headers headers) {
  if (state_ != State::kFresh) return Error{ErrorKind::kInternal, "answered twice", {}};
  std::string out;
  VR_RETURN_IF_ERROR(Head(out, status, headers, std::nullopt));
  state_ = State::kStreaming;
  on_stop_streams_.emplace(streams_, StopRequest{&request_});
  return Put(out);
}

Status ResponseStream::Write(std::string_view chunk) {
  if (state_ != State::kStreaming && state_ != State::kBroken) {
    return Error{ErrorKind::kInternal, "write without a started answer", {}};
  }
  if (state_ == State::kBroken || request_.stop_requested()) {
    state_ = State::kBroken;
    return Error{ErrorKind::kCancelled, "the peer is gone or the server stops", {}};
  }
  if (chunk.empty() || form_.head || !HasBody(status_)) return {};
  if (form_.http_1_0) return Put(chunk);
  std::array<char, 16> size{};
  const auto end = std::to_chars(size.begin(), size.end(), chunk.size(), 16).ptr;
  std::string out(size.begin(), end);
  out.reserve(out.size() + chunk.size() + 4);
  out.append("\r\n").append(chunk).append("\r\n");
  return Put(out);
}

bool ResponseStream::Finish() {
  if (state_ == State::kFresh) {
    (void)Send({.status = 500, .headers = {}, .body = "the handler gave no answer\n"});
  }
  if (state_ == State::kStreaming && !form_.http_1_0 && !form_.head && HasBody(status_)) {
    (void)Put("0\r\n\r\n");
  }
  on_stop_streams_.reset();
  const bool until_close = state_ == State::kStreaming && form_.http_1_0;
  return state_ != State::kBroken && form_.keep_alive && !until_close;
}

}  // namespace vr::net
