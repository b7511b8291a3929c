#include "controllers/webhook/server.h"

#include <utility>

#include "base/log.h"
#include "controllers/webhook/change_advisor.h"
#include "controllers/webhook/handler.h"
#include "obs/catalog.h"

namespace vr::controllers {
namespace {

// A review holds an object twice; the API server takes objects of 1.5 MiB, and requests of 3 MiB.
constexpr size_t kMaxBody = size_t{8} << 20U;

}  // namespace

Result<std::unique_ptr<WebhookServer>> WebhookServer::Start(const Context& ctx,
                                                            WebhookOptions options,
                                                            const Deps& deps) {
  std::unique_ptr<WebhookServer> server(new WebhookServer(std::move(options), deps));
  WebhookServer* self = server.get();
  if (self->options_.files) {
    net::TlsFileWatcher::Options files = *self->options_.files;
    VR_ASSIGN_OR_RETURN(const net::TlsFileSet first, net::ReadTlsFiles(files.folder, files.names));
    VR_RETURN_IF_ERROR(self->Use({first.cert_pem, first.key_pem}));
    files.on_change = [self](const net::TlsFileSet& set) {
      const Status used = self->Use({set.cert_pem, set.key_pem});
      if (!used)
        LogWarn(Context(), "Webhook certificate not used", {{"error", used.error().message}});
    };
    VR_ASSIGN_OR_RETURN(self->files_, net::TlsFileWatcher::Start(std::move(files), deps.clock));
    return server;
  }
  self->keeper_ = std::make_unique<CertificateKeeper>(
      self->options_.own,
      CertificateKeeper::Deps{.client = deps.client,
                              .clock = deps.clock,
                              .use = [self](const net::KeyPair& pair) { return self->Use(pair); }});
  const Result<Duration> first = self->keeper_->Pass(ctx);
  if (!first && !self->http_) return first.error();
  if (!first) {
    // It serves; that the API server does not know yet is mended by the passes to come.
    LogWarn(ctx, "Webhook certificates not kept", {{"error", first.error().message}});
  }
  self->keeper_->Start();
  return server;
}

WebhookServer::~WebhookServer() { Stop(Duration::zero()); }

Status WebhookServer::Use(const net::KeyPair& pair) {
  net::ServerTls tls{.cert_pem = pair.cert_pem, .key_pem = pair.key_pem};
  if (http_) {
    VR_RETURN_IF_ERROR(http_->SetTls(tls));
  } else {
    VR_ASSIGN_OR_RETURN(
        http_,
        net::HttpServer::Start(
            {.address = options_.address, .tls = std::move(tls), .limits = {.max_body = kMaxBody}},
            MakeWebhookHandler(MakeChangeAdvisor(deps_.stores), deps_.metrics, deps_.clock)));
  }
  VR_ASSIGN_OR_RETURN(const WallTime end, net::NotAfter(pair.cert_pem));
  deps_.metrics.Set(obs::kWebhookCertificateExpiry, {},
                    std::chrono::duration<double>(end.time_since_epoch()).count());
  return {};
}

void WebhookServer::Stop(Duration grace) {
  if (keeper_) keeper_->Stop();
  files_.reset();
  if (http_) http_->Stop(grace);
}

}  // namespace vr::controllers
