// ApiServer: the Kubernetes-compatible API as an HTTP handler, without a network.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/context.h"
#include "base/result.h"
#include "controlplane/change_advice.h"
#include "net/http.h"

namespace vr::controlplane {

struct ApiServerOptions {
  std::string database = ":memory:";
  // Bearer token -> name of an administrator. Others come with a client certificate (their common
  // name and organizations are user and groups) or with the token of a service account.
  std::map<std::string, std::string> tokens;
  bool trust_everybody = false;         // for handlers in process, which nobody else can reach
  std::filesystem::path backup_folder;  // of files that backups are written to and restored from
  std::string token_key;                // signs tokens of service accounts; empty: one for this run
  ChangeAdvice advise;                  // may be empty
  std::function<void(std::string_view line)> audit;  // gets the audit log; may be empty
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
