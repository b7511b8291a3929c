// WebhookServer: the HTTPS endpoints of admission and conversion, and their certificates.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "controllers/triggers.h"
#include "controllers/webhook/certificate_keeper.h"
#include "kube/client.h"
#include "net/http_server.h"
#include "net/tls_files.h"
#include "obs/metrics.h"

namespace vr::controllers {

struct WebhookOptions {
  std::string address = ":9443";
  std::optional<net::TlsFileWatcher::Options> files = {};  // somebody else's certificates;
                                                           // on_change is ours to set
  CertificateKeeper::Options own = {};                     // without files
};

// Serves on every manager, leader or not. Start and Stop by one thread.
class WebhookServer {
 public:
  // All outlive the server.
  struct Deps {
    const kube::Client& client;
    const Stores& stores;
    obs::Registry& metrics;
    const Clock& clock;
  };

  // Listens when it returns. Errors: no certificate, no Secret, the address is taken.
  static Result<std::unique_ptr<WebhookServer>> Start(const Context& ctx, WebhookOptions options,
                                                      const Deps& deps);
  ~WebhookServer();  // Stop without grace
  WebhookServer(const WebhookServer&) = delete;
  WebhookServer& operator=(const WebhookServer&) = delete;

  const std::string& address() const { return http_->address(); }
  void Stop(Duration grace);

 private:
  WebhookServer(WebhookOptions options, const Deps& deps)
      : options_(std::move(options)), deps_(deps) {}
  Status Use(const net::KeyPair& pair);

  const WebhookOptions options_;
  const Deps deps_;
  std::unique_ptr<net::HttpServer> http_;       // made by the first Use, before any thread
  std::unique_ptr<net::TlsFileWatcher> files_;  // uses http_
  std::unique_ptr<CertificateKeeper> keeper_;   // the same
};

}  // namespace vr::controllers
