// HTTP as this project speaks it, for clients and servers alike.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/result.h"

namespace vr::net {

struct CaseInsensitiveLess {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const;
};
using Headers = std::multimap<std::string, std::string, CaseInsensitiveLess>;

// The first value of a header, or "".
std::string HeaderOr(const Headers& headers, std::string_view name, std::string_view fallback = "");

// What a client bounds a transfer by, beside its context; 0: not at all.
struct TransferLimits {
  int64_t min_bytes_per_second = 0;  // slower than this over `patience`: kTimeout
  std::chrono::seconds patience{60};
  int64_t max_bytes = 0;  // of the body; more, or an announcement of more: kQuotaExceeded
};

struct HttpRequest {
  std::string method = "GET";
  std::string
      url;  // client: absolute "https://host:port/path?query"; server: the target "/path?query"
  Headers headers;
  std::string body;
  TransferLimits limits;
};

struct HttpResponse {
  int status = 0;
  Headers headers;
  std::string body;  // empty for a streamed response
};

// Receives a streamed body piece by piece, on the calling thread; an error ends the transfer and is
// returned from it.
using ChunkHandler = std::function<Status(std::string_view chunk)>;

// Thread-safe; connections are pooled. An HTTP status of 400 and above is a response, not an Error:
// errors are kUnavailable (could not connect, connection lost), kTimeout, kCancelled, kUnauthorized
// (TLS verification failed). CurlHttpClient is the real one; an in-process server can stand in for
// the network (testing).
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  virtual Result<HttpResponse> Do(const Context& ctx, const HttpRequest& request) = 0;
  // Bodies of responses below 300 go to `on_chunk`; other bodies are collected into the response.
  virtual Result<HttpResponse> Stream(const Context& ctx, const HttpRequest& request,
                                      const ChunkHandler& on_chunk) = 0;
};

// Who a server's peer is, as far as TLS knows.
struct PeerIdentity {
  std::string address;                     // "127.0.0.1:43210"
  std::string common_name;                 // of a verified client certificate; empty without one
  std::vector<std::string> organizations;  // of the same
  std::vector<std::string> dns_names;      // of the same
};

// The answer of a server's handler: one Send, or Start followed by Writes. Used on the handler's
// thread.
class ResponseWriter {
 public:
  virtual ~ResponseWriter() = default;
  virtual Status Send(HttpResponse response) = 0;
  // Sends the head of a chunked response. Write fails with kCancelled once the peer is gone or the
  // server stops.
  virtual Status Start(int status, Headers headers) = 0;
  virtual Status Write(std::string_view chunk) = 0;
};

// Runs on one of the server's threads; `ctx` is stopped when the server stops or the peer hangs up.
using HttpHandler = std::function<void(const Context& ctx, const PeerIdentity& peer,
                                       const HttpRequest& request, ResponseWriter& out)>;

}  // namespace vr::net
