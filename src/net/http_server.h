// The HTTP/1.1 server, plain or over TLS.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "net/http_connection.h"

namespace vr::net {

struct HttpServerOptions {
  std::string address = "127.0.0.1:0";  // "host:port", "[v6]:port", ":port" for all addresses
  std::optional<ServerTls> tls = {};    // plain HTTP without it
  HttpLimits limits = {};
  size_t max_connections = 512;  // further ones are answered with 503
};

// One thread accepts, one notices hang-ups, and each connection has its own (a handler may block
// for minutes). Thread-safe. The destructor stops without grace.
class HttpServer {
 public:
  // Listens when it returns. kInvalidSpec for an address or a TLS block that makes no sense,
  // kUnavailable when the address is taken.
  static Result<std::unique_ptr<HttpServer>> Start(HttpServerOptions options, HttpHandler handler);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // With the real port: "127.0.0.1:43210".
  const std::string& address() const;

  // Certificates for connections accepted from now on; only for a server that started with TLS.
  Status SetTls(const ServerTls& tls);

  // Accepts nothing more, closes idle connections, stops streamed answers, waits up to `grace` for
  // the other handlers, then stops those too. Returns when all handlers have returned. May be
  // called again.
  void Stop(Duration grace);

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace vr::net
