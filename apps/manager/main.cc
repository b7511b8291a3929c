// virtrigaud-manager: wiring only.
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>

#include "base/log.h"
#include "base/random.h"
#include "base/version.h"
#include "common/stop_signals.h"
#include "controllers/manager.h"
#include "controllers/webhook/server.h"
#include "kube/api_event_recorder.h"
#include "kube/kubeconfig.h"
#include "net/http_server.h"
#include "net/ops_endpoints.h"
#include "obs/catalog.h"
#include "options.h"
#include "runtime/leader_election.h"
#include "tracing.h"

namespace vr::manager {
namespace {

namespace fs = std::filesystem;
constexpr auto kGrace = std::chrono::seconds(5);

Environment ReadEnvironment() {
  Environment out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const size_t at = text.find('=');
    if (at != std::string::npos) out[text.substr(0, at)] = text.substr(at + 1);
  }
  return out;
}

std::string HostName() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

// What a provider program may need of ours: where to find things, and nothing secret.
Environment ChildEnvironment(const Environment& all) {
  Environment out;
  for (const char* name : {"PATH", "HOME", "USER", "LANG", "TMPDIR", "XDG_CACHE_HOME",
                           "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "SSH_AUTH_SOCK"}) {
    if (const auto it = all.find(name); it != all.end()) out.insert(*it);
  }
  return out;
}

Result<kube::ClusterAccess> Access(const Context& ctx, const Options& options,
                                   const Environment& environment) {
  if (!options.kubeconfig.empty())
    return kube::LoadKubeconfig(ctx, {.files = options.kubeconfig, .context = options.context});
  const auto host = environment.find("KUBERNETES_SERVICE_HOST");
  const auto port = environment.find("KUBERNETES_SERVICE_PORT");
  if (host == environment.end() || port == environment.end()) {
    return Error{
        ErrorKind::kInvalidSpec,
        "no API server to talk to: give --kubeconfig FILE (or set KUBECONFIG), or run in a "
        "pod",
        {}};
  }
  return kube::LoadInCluster("/var/run/secrets/kubernetes.io/serviceaccount", host->second,
                             port->second);
}

// Whole or not at all: readers poll for it.
Status WriteReadyFile(const fs::path& path, const std::string& operations) {
  const fs::path part = path.string() + ".part";
  {
    std::ofstream out(part);
    out << "{\"pid\": " << getpid() << ", \"operations\": \"" << operations << "\"}\n";
    if (!out.flush())
      return Error{ErrorKind::kUnavailable, "cannot write --ready-file " + path.string(), {}};
  }
  std::error_code error;
  fs::rename(part, path, error);
  if (error)
    return Error{ErrorKind::kUnavailable, "cannot write --ready-file " + path.string(), {}};
  return {};
}

Result<std::unique_ptr<net::HttpServer>> ServeOps(const std::string& flag,
                                                  const std::string& address,
                                                  const net::HttpHandler& handler) {
  if (address == "0") return std::unique_ptr<net::HttpServer>();
  auto server = net::HttpServer::Start({.address = address}, handler);
  if (!server) return server.error().Wrap(flag);
  return server;
}

// The election that lets the manager work, running; null where nobody else is expected.
Result<std::unique_ptr<runtime::LeaderElection>> Elect(const Options& options,
                                                       const kube::Client& client,
                                                       controllers::Manager& manager,
                                                       std::stop_source& lost) {
  if (!options.leader_elect) return std::unique_ptr<runtime::LeaderElection>();
  const runtime::LeaderElectionOptions election{
      .lease = {options.leader_namespace, "8da97394.virtrigaud.io"},
      // In containers every process may be number 1, and hosts share names.
      .identity = HostName() + "_" + std::to_string(getpid()) + "_" + RandomHex(8)};
  VR_RETURN_IF_ERROR(runtime::LeaderElection::Check(election));
  auto out = std::make_unique<runtime::LeaderElection>(
      election,
      runtime::LeaderElection::Deps{
          .client = client, .clock = SystemClock(), .random = MakeRandomUnit()},
      runtime::LeaderElection::Callbacks{.on_acquired = [&manager] { manager.Work(); },
                                         .on_lost = [&lost] { lost.request_stop(); }});
  out->Start();
  return out;
}

// Null without one.
Result<std::unique_ptr<controllers::WebhookServer>> ServeWebhook(
    const Context& ctx, const Options& options, const controllers::WebhookServer::Deps& deps) {
  if (options.webhook_address == "0") return std::unique_ptr<controllers::WebhookServer>();
  controllers::WebhookOptions webhook{.address = options.webhook_address};
  if (!options.webhook_cert_path.empty()) {
    webhook.files = {.folder = options.webhook_cert_path,
                     .names = {.cert = options.webhook_cert_name, .key = options.webhook_cert_key}};
  }
  const size_t slash = options.webhook_service.find('/');
  kube::Key& service = webhook.own.target.service;
  if (slash != std::string::npos) {
    service = {options.webhook_service.substr(0, slash), options.webhook_service.substr(slash + 1)};
  }
  webhook.own.target.url = options.webhook_url;
  webhook.own.ca.key = {service.ns.empty() ? options.leader_namespace : service.ns,
                        "virtrigaud-webhook-certs"};
  auto server = controllers::WebhookServer::Start(ctx, std::move(webhook), deps);
  if (!server && !options.webhook_asked) {
    LogWarn(ctx, "No webhook",
            {{"error", server.error().message},
             {"remedy", "see docs/guides/webhook.md, or --webhook-bind-address 0"}});
    return std::unique_ptr<controllers::WebhookServer>();
  }
  if (!server)
    return server.error().Wrap("the webhook server (\"--webhook-bind-address 0\": none)");
  LogInfo(ctx, "Webhook serves", {{"address", (*server)->address()}});
  return server;
}

Status Run(const Options& options, const Environment& environment, const std::stop_token& stop) {
  const Context ctx(stop);
  VR_ASSIGN_OR_RETURN(const kube::ClusterAccess access, Access(ctx, options, environment));
  const kube::Client client(access.config);
  obs::Registry metrics;
  obs::HealthChecks health;
  metrics.Set(obs::kBuildInfo, {std::string(ProjectVersion()), "", __VERSION__, "manager"}, 1);
  const net::HttpHandler handler = net::MakeOpsHandler(metrics, health);
  VR_ASSIGN_OR_RETURN(const auto ops,
                      ServeOps("--metrics-bind-address", options.metrics_address, handler));
  VR_ASSIGN_OR_RETURN(const auto probes,
                      ServeOps("--health-probe-bind-address", options.probe_address, handler));
  kube::ApiEventRecorder events(
      {.component = "virtrigaud-manager", .instance = HostName(), .series = {}}, client, metrics,
      SystemClock());
  VR_ASSIGN_OR_RETURN(const auto tracing, Tracing::Start(options.tracing));
  controllers::Manager manager({.ns = options.ns,
                                .program_dir = options.provider_dir,
                                .state_dir = options.state_dir,
                                .child_environment = ChildEnvironment(environment),
                                .resilience = options.resilience,
                                .vm_workers = options.vm_workers,
                                .provider_workers = options.provider_workers},
                               {client, events, metrics, SystemClock(), tracing->tracer()});
  health.Register(obs::CheckKind::kReadiness, "caches", [&manager, stop]() -> Status {
    if (stop.stop_requested()) return Error{ErrorKind::kUnavailable, "stopping", {}};
    if (manager.Synced()) return {};
    return Error{ErrorKind::kUnavailable, "the first lists are not complete", {}};
  });
  VR_RETURN_IF_ERROR(manager.Start(ctx));
  VR_ASSIGN_OR_RETURN(
      const auto webhook,
      ServeWebhook(ctx, options, {client, manager.stores(), metrics, SystemClock()}));
  std::stop_source lost;
  const std::stop_callback chain(stop, [&lost] { lost.request_stop(); });
  VR_ASSIGN_OR_RETURN(const auto election, Elect(options, client, manager, lost));
  if (!election) manager.Work();
  LogInfo(ctx, "Manager works", {{"server", access.config.server}});
  if (!options.ready_file.empty())
    VR_RETURN_IF_ERROR(WriteReadyFile(options.ready_file, ops ? "http://" + ops->address() : ""));
  [[maybe_unused]] const Status stopped = Context(lost.get_token()).Sleep(Duration::max());
  manager.StopWork();
  if (election) election->Stop();
  manager.Stop();
  if (webhook) webhook->Stop(kGrace);
  events.Stop(kGrace);
  if (stop.stop_requested()) return {};
  return Error{ErrorKind::kUnavailable, "another manager has taken the lease over", {}};
}

}  // namespace
}  // namespace vr::manager

int main(int argc, char** argv) {
  using vr::manager::Options;
  const vr::apps::StopSignals signals(vr::apps::StopSignals::Second::kIsIgnored);
  const auto environment = vr::manager::ReadEnvironment();
  auto options = vr::manager::ParseOptions(argc, argv, environment);
  if (!options) {
    std::cerr << "virtrigaud-manager: " << options.error().message << "\n";
    return 2;
  }
  if (options->help || options->version) {
    std::cout << (options->help ? vr::manager::Usage()
                                : "virtrigaud-manager " + std::string(vr::ProjectVersion()) + "\n");
    return 0;
  }
  if (options->provider_dir.empty())
    options->provider_dir = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  vr::ConfigureLog(options->log);
  const vr::Status ran = vr::manager::Run(*options, environment, signals.token());
  if (ran || signals.token().stop_requested()) return 0;
  std::cerr << "virtrigaud-manager: " << ran.error().message << "\n";
  return 1;
}
