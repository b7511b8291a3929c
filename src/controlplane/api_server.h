// ApiServer: the Kubernetes-compatible API as an HTTP handler, without a network.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/context.h"
#include "base/result.h"
#include "net/http.h"

namespace vr::controlplane {

struct ApiServerOptions {
  std::string database = ":memory:";
  std::map<std::string, std::string>
      tokens;  // bearer token -> user; client certificates are known by their common name
  bool allow_anonymous = false;  // for handlers in process, which nobody else can reach
};

// Thread-safe. Holds the database open; the namespaces default and kube-system exist.
class ApiServer {
 public:
  static Result<std::unique_ptr<ApiServer>> Open(const ApiServerOptions& options,
                                                 const Clock& clock);
  ~ApiServer();
  ApiServer(const ApiServer&) = delete;
  ApiServer& operator=(const ApiServer&) = delete;

  // A net::HttpHandler.
  void Handle(const Context& ctx, const net::PeerIdentity& peer, const net::HttpRequest& request,
              net::ResponseWriter& out);

  // Deletes what its owners left behind, and the contents of namespaces that are being deleted.
  // Called now and then, and after deletions, by whoever runs the server.
  void CollectGarbage();

 private:
  struct Impl;
  explicit ApiServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace vr::controlplane
