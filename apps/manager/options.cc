#include "options.h"

#include <getopt.h>

#include <charconv>

#include "kube/kubeconfig.h"

namespace vr::manager {
namespace {

enum Flag {
  kHelp = 'h',
  kKubeconfig = 256,
  kContext,
  kNamespace,
  kStateDir,
  kReadyFile,
  kProviderDir,
  kMetrics,
  kProbe,
  kLeaderElect,
  kLeaderNamespace,
  kWorkers,
  kLogLevel,
  kLogFormat,
  kVersion,
};

constexpr option kFlags[] = {
    {"help", no_argument, nullptr, kHelp},
    {"kubeconfig", required_argument, nullptr, kKubeconfig},
    {"context", required_argument, nullptr, kContext},
    {"namespace", required_argument, nullptr, kNamespace},
    {"state-dir", required_argument, nullptr, kStateDir},
    {"ready-file", required_argument, nullptr, kReadyFile},
    {"provider-dir", required_argument, nullptr, kProviderDir},
    {"metrics-bind-address", required_argument, nullptr, kMetrics},
    {"health-probe-bind-address", required_argument, nullptr, kProbe},
    {"leader-elect", no_argument, nullptr, kLeaderElect},
    {"leader-elect-namespace", required_argument, nullptr, kLeaderNamespace},
    {"vm-workers", required_argument, nullptr, kWorkers},
    {"log-level", required_argument, nullptr, kLogLevel},
    {"log-format", required_argument, nullptr, kLogFormat},
    {"version", no_argument, nullptr, kVersion},
    {nullptr, 0, nullptr, 0}};

std::string Variable(const Environment& environment, const char* name,
                     const std::string& fallback = "") {
  const auto it = environment.find(name);
  return it == environment.end() || it->second.empty() ? fallback : it->second;
}

Result<int> Workers(const std::string& text, const std::string& name) {
  int number = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  constexpr int kMost = 256;
  if (parsed.ec != std::errc() || parsed.ptr != end || number < 1 || number > kMost) {
    return Error{
        ErrorKind::kInvalidSpec, name + " is '" + text + "': a number from 1 to 256 is needed", {}};
  }
  return number;
}

Status ApplyEnvironment(const Environment& environment, Options& options) {
  options.kubeconfig = kube::SplitPathList(Variable(environment, "KUBECONFIG"));
  VR_ASSIGN_OR_RETURN(options.resilience, resilience::ConfigFromEnvironment(environment));
  VR_ASSIGN_OR_RETURN(options.log.level, ParseLogLevel(Variable(environment, "LOG_LEVEL", "info")));
  VR_ASSIGN_OR_RETURN(options.log.format,
                      ParseLogFormat(Variable(environment, "LOG_FORMAT", "json")));
  options.log.sampling = Variable(environment, "LOG_SAMPLING", "true") == "true";
  const std::string workers = Variable(environment, "WORKERS_PER_KIND");
  if (!workers.empty()) {
    VR_ASSIGN_OR_RETURN(options.provider_workers, Workers(workers, "WORKERS_PER_KIND"));
    options.vm_workers = options.provider_workers;
  }
  const std::string home = Variable(environment, "HOME", "/tmp");
  options.state_dir = Variable(environment, "XDG_STATE_HOME", home + "/.local/state") +
                      std::string("/virtrigaud-manager");
  options.leader_namespace = Variable(environment, "POD_NAMESPACE", "default");
  return {};
}

Status ApplyFlag(int flag, const std::string& value, Options& options) {
  switch (flag) {
    case kHelp:
      options.help = true;
      break;
    case kVersion:
      options.version = true;
      break;
    case kKubeconfig:
      options.kubeconfig = {value};
      break;
    case kContext:
      options.context = value;
      break;
    case kNamespace:
      options.ns = value;
      break;
    case kStateDir:
      options.state_dir = value;
      break;
    case kReadyFile:
      options.ready_file = value;
      break;
    case kProviderDir:
      options.provider_dir = value;
      break;
    case kMetrics:
      options.metrics_address = value;
      break;
    case kProbe:
      options.probe_address = value;
      break;
    case kLeaderElect:
      options.leader_elect = true;
      break;
    case kLeaderNamespace:
      options.leader_namespace = value;
      break;
    case kWorkers: {
      VR_ASSIGN_OR_RETURN(options.vm_workers, Workers(value, "--vm-workers"));
      break;
    }
    case kLogLevel: {
      VR_ASSIGN_OR_RETURN(options.log.level, ParseLogLevel(value));
      break;
    }
    case kLogFormat: {
      VR_ASSIGN_OR_RETURN(options.log.format, ParseLogFormat(value));
      break;
    }
    default:
      return Error{ErrorKind::kInvalidSpec, "see virtrigaud-manager --help", {}};
  }
  return {};
}

}  // namespace

Result<Options> ParseOptions(int argc, char** argv, const Environment& environment) {
  Options options;
  VR_RETURN_IF_ERROR(ApplyEnvironment(environment, options));
  optind = 1;
  for (int flag = 0; (flag = getopt_long(argc, argv, "h", kFlags, nullptr)) != -1;)
    VR_RETURN_IF_ERROR(ApplyFlag(flag, optarg == nullptr ? "" : optarg, options));
  if (optind < argc) {
    return Error{
        ErrorKind::kInvalidSpec,
        std::string("unexpected argument '") + argv[optind] + "'; see virtrigaud-manager --help",
        {}};
  }
  return options;
}

std::string Usage() {
  return R"(virtrigaud-manager: reconciles VirtualMachines and Providers of one Kubernetes API server.

Usage: virtrigaud-manager [flags]

Examples:
  virtrigaud-manager --kubeconfig ~/.kube/config
  virtrigaud-manager --kubeconfig kc.yaml --namespace team-a --metrics-bind-address 127.0.0.1:0
  virtrigaud-manager --leader-elect        (in a pod: its service account is used)

Flags:
  --kubeconfig FILE                  default: $KUBECONFIG, else the pod's service account
  --context NAME                     context of the kubeconfig
  --namespace NAME                   watch this namespace alone (default: all)
  --state-dir DIR                    state of the provider processes (default: ~/.local/state/virtrigaud-manager)
  --provider-dir DIR                 holds virtrigaud-provider-TYPE (default: beside this program)
  --metrics-bind-address ADDR        /metrics, /healthz, /readyz, /health (default :8080, "0": none)
  --health-probe-bind-address ADDR   the same once more, for probes (default :8081, "0": none)
  --ready-file FILE                  written as JSON once the caches are complete
  --leader-elect                     only the holder of the Lease 8da97394.virtrigaud.io works
  --leader-elect-namespace NAME      where that Lease is (default: $POD_NAMESPACE, else "default")
  --vm-workers N                     VirtualMachines looked at at a time (default 10)
  --log-level LEVEL                  debug, info, warn, error (default: $LOG_LEVEL, else info)
  --log-format FORMAT                json or console (default: $LOG_FORMAT, else json)
  --version, -h, --help

Environment: LOG_LEVEL LOG_FORMAT LOG_SAMPLING WORKERS_PER_KIND RPC_TIMEOUT_{DESCRIBE,MUTATING,VALIDATE,TASK_STATUS}
RETRY_{MAX_ATTEMPTS,BASE_DELAY,MAX_DELAY,MULTIPLIER,JITTER} CB_{FAILURE_THRESHOLD,RESET_SECONDS,HALF_OPEN_MAX_CALLS}
RATE_LIMIT_{QPS,BURST} MAX_INFLIGHT_TASKS
)";
}

}  // namespace vr::manager
