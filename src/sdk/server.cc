#include "sdk/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <algorithm>

#include "base/log.h"
#include "net/tls_files.h"
#include "sdk/service.h"

namespace vr::sdk {
namespace {

constexpr int kMaxMessageBytes = 64 << 20;
constexpr unsigned kReloadSeconds = 10;
constexpr auto kGoAway = std::chrono::milliseconds(100);  // for answers on their way
constexpr int kWatchers = 16;                             // each holds a thread of the pool

Result<std::shared_ptr<grpc::ServerCredentials>> CredentialsOf(const ServerOptions& options) {
  if (options.tls_dir.empty()) {
    if (options.insecure || options.address.starts_with("unix:"))
      return grpc::InsecureServerCredentials();
    return Error{ErrorKind::kInvalidSpec,
                 "a provider on " + options.address +
                     " needs TLS files (tls.crt, tls.key, ca.crt); to serve plaintext on purpose "
                     "set VIRTRIGAUD_PROVIDER_INSECURE=true",
                 {}};
  }
  VR_ASSIGN_OR_RETURN(const net::TlsFileSet files, net::ReadTlsFiles(options.tls_dir));
  if (files.ca_pem.empty())
    return Error{ErrorKind::kInvalidSpec,
                 options.tls_dir + "/ca.crt is missing: clients could not be told apart",
                 {}};
  namespace tls = grpc::experimental;
  const auto certificates = std::make_shared<tls::FileWatcherCertificateProvider>(
      options.tls_dir + "/tls.key", options.tls_dir + "/tls.crt", options.tls_dir + "/ca.crt",
      kReloadSeconds);
  tls::TlsServerCredentialsOptions tls_options(certificates);
  tls_options.watch_root_certs();
  tls_options.watch_identity_key_cert_pairs();
  tls_options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  return tls::TlsServerCredentials(tls_options);
}

std::string WithPort(const std::string& address, int port) {
  if (address.starts_with("unix:")) return address;
  return address.substr(0, address.rfind(':') + 1) + std::to_string(port);
}

class GrpcServer final : public Server {
 public:
  GrpcServer(const ProviderService::Deps& deps, std::vector<std::string> allowed_sans)
      : service_(deps, std::move(allowed_sans)) {}
  ~GrpcServer() override { Stop(Duration::zero()); }

  Status Listen(const ServerOptions& options) {
    VR_ASSIGN_OR_RETURN(const auto credentials, CredentialsOf(options));
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    grpc::ResourceQuota quota("provider");
    quota.SetMaxThreads(options.threads + kWatchers);
    grpc::ServerBuilder builder;
    builder.SetResourceQuota(quota);
    builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5'000);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    int port = 0;
    builder.AddListeningPort(options.address, credentials, &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    const bool unix_socket = options.address.starts_with("unix:");
    if (!server_ || (port == 0 && !unix_socket)) {
      server_.reset();
      return Error{ErrorKind::kUnavailable,
                   "cannot listen on " + options.address + ": is the address in use?",
                   {}};
    }
    address_ = WithPort(options.address, port);
    return {};
  }

  std::string address() const override { return address_; }

  void Stop(Duration grace) override {
    if (!server_) return;
    const TimePoint end = SystemClock().Now() + grace;
    service_.Drain();
    service_.WaitIdle(end);
    // gRPC would wait for idle clients to hang up, which they notice only every five seconds.
    const Duration left = std::min<Duration>(end - SystemClock().Now(), kGoAway);
    server_->Shutdown(std::chrono::system_clock::now() + left);
    server_->Wait();
    server_.reset();
  }

 private:
  ProviderService service_;
  std::string address_;
  std::unique_ptr<grpc::Server> server_;  // last: it calls the service
};

}  // namespace

Result<std::unique_ptr<Server>> Server::Start(const ServerOptions& options, Provider& provider,
                                              TaskRunner& tasks, WatchHub& hub) {
  tasks.OnChange(
      [&hub](const std::string& id, const rpc::TaskState& state) { hub.PublishTask(id, state); });
  auto server = std::make_unique<GrpcServer>(ProviderService::Deps{provider, tasks, hub},
                                             options.allowed_sans);
  VR_RETURN_IF_ERROR(server->Listen(options));
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace vr::sdk
