// virtrigaud-provider-libvirt: serves one libvirt host to a manager.
#include <pthread.h>
#include <signal.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>

#include "base/log.h"
#include "net/curl_http_client.h"
#include "providers/libvirt/provider.h"
#include "sdk/server.h"

namespace {

constexpr auto kGrace = std::chrono::seconds(10);

std::string Env(const char* name, const std::string& fallback) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : fallback;
}

// The first line of a credential file; empty without one.
std::string Credential(const std::string& folder, const std::string& name) {
  std::ifstream file(std::filesystem::path(folder) / name);
  std::string line;
  std::getline(file, line);
  return line;
}

vr::libvirt::ProviderOptions LibvirtOptions() {
  const std::string folder = Env("PROVIDER_CREDENTIALS_DIR", "/etc/virtrigaud/credentials");
  vr::libvirt::ProviderOptions options;
  options.connection.uri = Env("PROVIDER_ENDPOINT", "qemu:///system");
  options.connection.username = Env("LIBVIRT_USERNAME", Credential(folder, "username"));
  options.connection.password = Env("LIBVIRT_PASSWORD", Credential(folder, "password"));
  options.pool.name = Env("LIBVIRT_POOL", options.pool.name);
  options.pool.path = Env("LIBVIRT_POOL_PATH", options.pool.path);
  return options;
}

vr::sdk::ServerOptions ServerOptions() {
  vr::sdk::ServerOptions options;
  options.address = Env("PROVIDER_LISTEN", "0.0.0.0:" + Env("GRPC_PORT", "9443"));
  options.tls_dir = Env("PROVIDER_TLS_DIR", "/etc/virtrigaud/tls");
  options.insecure = Env("VIRTRIGAUD_PROVIDER_INSECURE", "false") == "true";
  if (!std::filesystem::exists(options.tls_dir)) options.tls_dir.clear();
  std::stringstream sans(Env("VIRTRIGAUD_PROVIDER_ALLOWED_SANS", ""));
  for (std::string san; std::getline(sans, san, ',');) options.allowed_sans.push_back(san);
  return options;
}

vr::Status ConfigureLogging() {
  vr::LogOptions options;
  VR_ASSIGN_OR_RETURN(options.level, vr::ParseLogLevel(Env("LOG_LEVEL", "info")));
  VR_ASSIGN_OR_RETURN(options.format, vr::ParseLogFormat(Env("LOG_FORMAT", "json")));
  vr::ConfigureLog(options);
  return {};
}

vr::Status Serve(const sigset_t& signals) {
  VR_RETURN_IF_ERROR(ConfigureLogging());
  VR_ASSIGN_OR_RETURN(const auto http, vr::net::MakeCurlHttpClient({}));
  vr::libvirt::EventLoop loop;
  vr::sdk::WatchHub hub;
  auto tasks =
      std::make_unique<vr::sdk::TaskRunner>(vr::sdk::TaskRunner::Options{}, vr::SystemClock());
  vr::libvirt::LibvirtProvider provider(LibvirtOptions(),
                                        {loop, *tasks, hub, http.get(), vr::SystemClock()});
  VR_ASSIGN_OR_RETURN(auto server, vr::sdk::Server::Start(ServerOptions(), provider, *tasks, hub));
  provider.Start();
  vr::LogInfo({}, "libvirt provider serves", {{"address", server->address()}});
  int signal = 0;
  sigwait(&signals, &signal);
  vr::LogInfo({}, "libvirt provider stops", {{"signal", std::to_string(signal)}});
  server->Stop(kGrace);
  server.reset();
  tasks.reset();  // ends what still runs, while the provider that it uses is there
  provider.Stop();
  return {};
}

}  // namespace

int main() {
  // Before any thread starts, so that all of them inherit it.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const vr::Status served = Serve(signals);
  if (served) return 0;
  std::cerr << "virtrigaud-provider-libvirt: " << served.error().message << "\n";
  return 1;
}
