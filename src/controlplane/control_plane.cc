#include "controlplane/control_plane.h"

#include <pthread.h>

#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/log.h"
#include "base/random.h"
#include "base/rotating_log.h"
#include "controlplane/api_server.h"
#include "controlplane/private_files.h"
#include "net/http_server.h"
#include "net/local_ca.h"

namespace vr::controlplane {
namespace {

namespace fs = std::filesystem;
constexpr auto kYear = std::chrono::hours(24 * 365);

Result<net::LocalCa> LoadOrCreateCa(const fs::path& pki, const Clock& clock) {
  VR_ASSIGN_OR_RETURN(const auto cert, ReadFile(pki / "ca.crt"));
  VR_ASSIGN_OR_RETURN(const auto key, ReadFile(pki / "ca.key"));
  if (cert && key) return net::LocalCa::Load({*cert, *key}, clock);
  VR_ASSIGN_OR_RETURN(net::LocalCa ca, net::LocalCa::Create("virtrigaud", 10 * kYear, clock));
  VR_RETURN_IF_ERROR(WritePrivateFile(pki / "ca.key", ca.key_pair().key_pem));
  VR_RETURN_IF_ERROR(WritePrivateFile(pki / "ca.crt", ca.cert_pem()));
  return ca;
}

// The text of a file that is made up once.
Result<std::string> LoadOrCreate(const fs::path& path, const std::string& fresh) {
  VR_ASSIGN_OR_RETURN(const auto text, ReadFile(path));
  if (text && !text->empty()) return *text;
  VR_RETURN_IF_ERROR(WritePrivateFile(path, fresh));
  return fresh;
}

// A folder that was in use has a database with something in it: an empty one is a loss, no
// beginning.
Status CheckNotLost(const fs::path& folder) {
  std::error_code none;
  const fs::path database = folder / "state.db";
  const auto size = fs::file_size(database, none);
  if ((!none && size > 0) || !fs::exists(folder / "kubeconfig", none)) return {};
  return Error{ErrorKind::kInvalidSpec,
               "database " + database.string() +
                   " is empty or gone: bring a backup back with 'vrtg restore', or remove " +
                   (folder / "kubeconfig").string() + " to begin with nothing",
               {}};
}

std::string Kubeconfig(const std::string& url, const fs::path& pki, const std::string& token) {
  const nlohmann::json config = {
      {"apiVersion", "v1"},
      {"kind", "Config"},
      {"current-context", "virtrigaud"},
      {"clusters",
       {{{"name", "virtrigaud"},
         {"cluster", {{"server", url}, {"certificate-authority", (pki / "ca.crt").string()}}}}}},
      {"users", {{{"name", "admin"}, {"user", {{"token", token}}}}}},
      {"contexts",
       {{{"name", "virtrigaud"},
         {"context", {{"cluster", "virtrigaud"}, {"user", "admin"}, {"namespace", "default"}}}}}}};
  return config.dump(2) + "\n";
}

}  // namespace

struct ControlPlane::Impl {
  fs::path data_dir;
  std::unique_ptr<FolderLock> lock;
  std::mutex audit_mutex;  // guards audit_log
  std::unique_ptr<RotatingLog> audit_log;
  std::unique_ptr<ApiServer> api;
  std::unique_ptr<net::HttpServer> http;
  std::jthread collector;  // garbage that a deletion did not find at once

  std::function<void(std::string_view)> Auditing() {
    return [this](std::string_view line) {
      const std::scoped_lock writing(audit_mutex);
      audit_log->Write(std::string(line) + "\n");
    };
  }

  void StartCollector(const Clock& clock) {
    collector = std::jthread([this, &clock](std::stop_token stop) {
      pthread_setname_np(pthread_self(), "garbage");
      while (clock.Sleep(stop, std::chrono::seconds(10))) {
        try {
          api->CollectGarbage();
        } catch (const std::exception& error) {  // out of memory, say: the next pass may do better
          LogError({}, "Garbage collection failed", {{"error", error.what()}});
        }
      }
    });
  }
};

ControlPlane::ControlPlane(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ControlPlane::~ControlPlane() { Stop(Duration::zero()); }

Result<std::unique_ptr<ControlPlane>> ControlPlane::Start(const ControlPlaneOptions& options,
                                                          const Clock& clock) {
  auto impl = std::make_unique<Impl>();
  impl->data_dir = fs::absolute(options.data_dir);
  const fs::path pki = impl->data_dir / "pki";
  VR_RETURN_IF_ERROR(MakePrivateFolder(impl->data_dir));
  VR_RETURN_IF_ERROR(MakePrivateFolder(pki));
  VR_ASSIGN_OR_RETURN(impl->lock, FolderLock::Take(impl->data_dir / "control-plane.lock"));
  VR_ASSIGN_OR_RETURN(impl->audit_log, RotatingLog::Open(impl->data_dir / "audit.log"));
  VR_ASSIGN_OR_RETURN(const net::LocalCa ca, LoadOrCreateCa(pki, clock));
  VR_ASSIGN_OR_RETURN(const net::KeyPair cert,
                      ca.IssueServerCert({"localhost", "127.0.0.1", "::1"}, kYear));
  VR_ASSIGN_OR_RETURN(const std::string token,
                      LoadOrCreate(impl->data_dir / "token", RandomHex(32)));
  VR_ASSIGN_OR_RETURN(const std::string token_key,
                      LoadOrCreate(pki / "service-account.key", RandomHex(32)));
  VR_RETURN_IF_ERROR(CheckNotLost(impl->data_dir));
  // SQLite would make it readable for all; its journal gets the mode of the file.
  VR_RETURN_IF_ERROR(TouchPrivateFile(impl->data_dir / "state.db"));
  VR_ASSIGN_OR_RETURN(impl->api,
                      ApiServer::Open({.database = (impl->data_dir / "state.db").string(),
                                       .tokens = {{token, "admin"}},
                                       .trust_everybody = false,
                                       .backup_folder = impl->data_dir,
                                       .token_key = token_key,
                                       .advise = options.advise,
                                       .audit = impl->Auditing()},
                                      clock));
  const fs::path address_file = impl->data_dir / "address";
  std::string listen = options.listen;
  if (listen.empty()) {
    VR_ASSIGN_OR_RETURN(const auto last, ReadFile(address_file));
    listen = last.value_or("127.0.0.1:0");
  }
  net::HttpServerOptions server{.address = listen};
  server.tls = net::ServerTls{.cert_pem = cert.cert_pem,
                              .key_pem = cert.key_pem,
                              .client_ca_pem = ca.cert_pem(),
                              .client_auth = net::ClientAuth::kRequest};
  auto http = net::HttpServer::Start(
      std::move(server),
      [api = impl->api.get()](const Context& ctx, const net::PeerIdentity& peer,
                              const net::HttpRequest& request,
                              net::ResponseWriter& out) { api->Handle(ctx, peer, request, out); });
  if (!http)
    return http.error().Wrap("start the API server on " + listen +
                             " (is the port taken? --port chooses another one)");
  impl->http = std::move(*http);
  VR_RETURN_IF_ERROR(WritePrivateFile(address_file, impl->http->address()));
  VR_RETURN_IF_ERROR(WritePrivateFile(impl->data_dir / "kubeconfig",
                                      Kubeconfig("https://" + impl->http->address(), pki, token)));
  impl->StartCollector(clock);
  return std::unique_ptr<ControlPlane>(new ControlPlane(std::move(impl)));
}

std::string ControlPlane::url() const { return "https://" + impl_->http->address(); }
std::filesystem::path ControlPlane::kubeconfig_path() const {
  return impl_->data_dir / "kubeconfig";
}

void ControlPlane::Stop(Duration grace) {
  impl_->collector.request_stop();
  if (impl_->collector.joinable()) impl_->collector.join();
  if (impl_->http) impl_->http->Stop(grace);
}

}  // namespace vr::controlplane
