// Server: serves a Provider over gRPC with health, reflection, TLS and graceful stop.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/result.h"
#include "sdk/provider.h"
#include "sdk/task_runner.h"
#include "sdk/watch_hub.h"

namespace vr::sdk {

struct ServerOptions {
  std::string address = "0.0.0.0:9443";  // host:port (port 0: any free one) or unix:/path
  // tls.crt, tls.key, ca.crt in this folder, reloaded when they change. Empty: plaintext, only with
  // `insecure` or unix:.
  std::string tls_dir;
  bool insecure = false;
  std::vector<std::string> allowed_sans;  // empty: any certificate of the CA
  int threads = 16;
};

// A provider without credentials does not start: kInvalidSpec from Start.
class Server {
 public:
  static Result<std::unique_ptr<Server>> Start(const ServerOptions& options, Provider& provider,
                                               TaskRunner& tasks, WatchHub& hub);
  virtual ~Server() = default;
  virtual std::string address() const = 0;  // with the real port
  // Stops accepting, ends watches, lets calls finish until the deadline, then cancels them.
  virtual void Stop(Duration grace) = 0;
};

}  // namespace vr::sdk
