#include "provider_common/provider_program.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <atomic>
#include <iostream>
#include <string>

#include "base/log.h"
#include "base/version.h"
#include "common/stop_signals.h"
#include "net/http_server.h"
#include "net/ops_endpoints.h"
#include "obs/catalog.h"
#include "obs/health.h"
#include "obs/metrics.h"
#include "sdk/metered_provider.h"

namespace vr::apps {
namespace {

constexpr auto kGrace = std::chrono::seconds(10);

Status EndWithParent(const ProviderSettings& settings) {
  if (!settings.exit_with_parent) return {};
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  // The parent may have ended before prctl: then its signal never comes.
  const pid_t parent = getppid();
  const bool gone =
      settings.expected_parent != 0 ? parent != settings.expected_parent : parent == 1;
  if (!gone) return {};
  return Error{ErrorKind::kCancelled,
               "the process that started this one is gone already (VIRTRIGAUD_EXIT_WITH_PARENT)",
               {}};
}

Result<std::unique_ptr<net::HttpServer>> ServeOps(const ProviderSettings& settings,
                                                  obs::Registry& metrics,
                                                  const obs::HealthChecks& health,
                                                  const sdk::WatchHub& hub,
                                                  const Environment& environment) {
  if (settings.ops_address.empty()) return std::unique_ptr<net::HttpServer>();
  const std::string provider =
      environment("PROVIDER_NAMESPACE") + "/" + environment("PROVIDER_NAME");
  return net::HttpServer::Start(
      {.address = settings.ops_address},
      [&metrics, &hub, provider, endpoint = environment("PROVIDER_ENDPOINT"),
       handler = net::MakeOpsHandler(metrics, health)](
          const Context& ctx, const net::PeerIdentity& peer, const net::HttpRequest& request,
          net::ResponseWriter& out) {
        sdk::RecordHub(hub, provider, endpoint, metrics);
        handler(ctx, peer, request, out);
      });
}

Status Serve(const ProviderSettings& settings, const Environment& environment,
             const ProviderDescription& description, const sdk::TaskRunner::Options& task_options,
             const ProviderFactory& make) {
  VR_RETURN_IF_ERROR(EndWithParent(settings));
  ConfigureLog(settings.log);
  const StopSignals signals(StopSignals::Second::kIsIgnored);
  const Context ctx(signals.token());
  obs::Registry metrics;
  obs::HealthChecks health;
  std::atomic<bool> serving = false;
  health.Register(obs::CheckKind::kReadiness, "grpc", [&serving]() -> Status {
    if (serving) return {};
    return Error{ErrorKind::kUnavailable, "not serving", {}};
  });
  metrics.Set(obs::kBuildInfo,
              {std::string(ProjectVersion()), "", __VERSION__, description.program}, 1);
  sdk::WatchHub hub;
  VR_ASSIGN_OR_RETURN(auto ops, ServeOps(settings, metrics, health, hub, environment));
  auto tasks = std::make_unique<sdk::TaskRunner>(task_options, SystemClock());
  VR_ASSIGN_OR_RETURN(const auto hosted, make({settings, environment, *tasks, hub}));
  VR_RETURN_IF_ERROR(hosted->Start(ctx));
  sdk::MeteredProvider provider(hosted->provider(), metrics, SystemClock());
  VR_ASSIGN_OR_RETURN(auto server, sdk::Server::Start(settings.server, provider, *tasks, hub));
  serving = true;
  LogInfo({}, "Provider serves",
          {{"type", description.type},
           {"address", server->address()},
           {"ops", ops ? ops->address() : "off"}});
  while (ctx.Sleep(std::chrono::hours(1))) {
  }
  serving = false;
  LogInfo({}, "Provider stops", {{"type", description.type}});
  server->Stop(kGrace);
  server.reset();
  tasks.reset();  // ends what still runs, while the provider that it uses is there
  hosted->Stop();
  return {};
}

}  // namespace

int RunProviderProgram(int argc, char** argv, const ProviderDescription& description,
                       const sdk::TaskRunner::Options& tasks, const ProviderFactory& make) {
  const auto fail = [&](const Error& error) {
    std::cerr << description.program << ": " << error.message << "\n";
    return 1;
  };
  const Environment environment = ProcessEnvironment();
  const auto settings =
      ReadSettings(std::vector<std::string>(argv + 1, argv + argc), environment, description);
  if (!settings) return fail(settings.error());
  switch (settings->action) {
    case ProviderSettings::Action::kShowHelp:
      std::cout << HelpText(description);
      return 0;
    case ProviderSettings::Action::kShowVersion:
      std::cout << description.program << " " << ProjectVersion() << "\n";
      return 0;
    case ProviderSettings::Action::kServe:
      break;
  }
  const Status served = Serve(*settings, environment, description, tasks, make);
  return served ? 0 : fail(served.error());
}

}  // namespace vr::apps
