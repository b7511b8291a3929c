#include "options.h"

#include <getopt.h>

#include <algorithm>
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
  kWebhook,
  kWebhookUrl,
  kWebhookService,
  kWebhookCertPath,
  kWebhookCertName,
  kWebhookCertKey,
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
    {"webhook-bind-address", required_argument, nullptr, kWebhook},
    {"webhook-url", required_argument, nullptr, kWebhookUrl},
    {"webhook-service", required_argument, nullptr, kWebhookService},
    {"webhook-cert-path", required_argument, nullptr, kWebhookCertPath},
    {"webhook-cert-name", required_argument, nullptr, kWebhookCertName},
    {"webhook-cert-key", required_argument, nullptr, kWebhookCertKey},
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
  VR_ASSIGN_OR_RETURN(options.tracing, TracingFromEnvironment(environment));
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
    case kWebhook:
      options.webhook_address = value;
      break;
    case kWebhookUrl:
      options.webhook_url = value;
      break;
    case kWebhookService:
      options.webhook_service = value;
      break;
    case kWebhookCertPath:
      options.webhook_cert_path = value;
      break;
    case kWebhookCertName:
      options.webhook_cert_name = value;
      break;
    case kWebhookCertKey:
      options.webhook_cert_key = value;
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

Error Misused(const std::string& what) { return {ErrorKind::kInvalidSpec, what, {}}; }

// Where the API server finds the webhook; without a way, there is none unless it was asked for.
Status SettleWebhook(const Environment& environment, Options& options) {
  const bool own = options.webhook_cert_path.empty();
  options.webhook_asked = !own || !options.webhook_address.empty() ||
                          !options.webhook_url.empty() || !options.webhook_service.empty();
  const bool told = !options.webhook_url.empty() || !options.webhook_service.empty();
  if (!own && told) {
    return Misused(
        "--webhook-url and --webhook-service go with certificates of our own: with "
        "--webhook-cert-path, whoever makes those keeps the webhook configurations too");
  }
  if (!options.webhook_url.empty() && !options.webhook_url.starts_with("https://"))
    return Misused("--webhook-url is '" + options.webhook_url + "': it begins with https://");
  if (own && !told) {
    const std::string ns = Variable(environment, "POD_NAMESPACE");
    if (!ns.empty()) options.webhook_service = ns + "/virtrigaud-webhook";
  }
  const std::string& service = options.webhook_service;
  if (!service.empty() && (std::count(service.begin(), service.end(), '/') != 1 ||
                           service.starts_with('/') || service.ends_with('/')))
    return Misused("--webhook-service is '" + service + "': NAMESPACE/NAME is needed");
  const bool reachable = !own || !options.webhook_url.empty() || !service.empty();
  std::string& address = options.webhook_address;
  if (!address.empty() && address != "0" && !reachable) {
    return Misused(
        "--webhook-bind-address: say where the API server finds the webhook with "
        "--webhook-service or --webhook-url, or give --webhook-cert-path");
  }
  if (address.empty()) address = reachable ? ":9443" : "0";
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
  VR_RETURN_IF_ERROR(SettleWebhook(environment, options));
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
  --webhook-bind-address ADDR        admission webhook, HTTPS (default :9443, "0": none; none as well where the API server has no way to it)
  --webhook-service NAMESPACE/NAME   the Service that leads to it (default: $POD_NAMESPACE/virtrigaud-webhook, where that is set)
  --webhook-url URL                  where the API server finds it instead, for example https://10.0.0.5:9443
  --webhook-cert-path DIR            certificate of somebody else, such as cert-manager (default: of our own CA, in the Secret virtrigaud-webhook-certs)
  --webhook-cert-name FILE           in that folder (default tls.crt)
  --webhook-cert-key FILE            in that folder (default tls.key)
  --leader-elect                     only the holder of the Lease 8da97394.virtrigaud.io works
  --leader-elect-namespace NAME      where that Lease is (default: $POD_NAMESPACE, else "default")
  --vm-workers N                     VirtualMachines looked at at a time (default 10)
  --log-level LEVEL                  debug, info, warn, error (default: $LOG_LEVEL, else info)
  --log-format FORMAT                json or console (default: $LOG_FORMAT, else json)
  --version, -h, --help

Environment: LOG_LEVEL LOG_FORMAT LOG_SAMPLING WORKERS_PER_KIND RPC_TIMEOUT_{DESCRIBE,MUTATING,VALIDATE,TASK_STATUS}
RETRY_{MAX_ATTEMPTS,BASE_DELAY,MAX_DELAY,MULTIPLIER,JITTER} CB_{FAILURE_THRESHOLD,RESET_SECONDS,HALF_OPEN_MAX_CALLS}
RATE_LIMIT_{QPS,BURST} MAX_INFLIGHT_TASKS VIRTRIGAUD_TRACING_{ENABLED,ENDPOINT,SAMPLING_RATIO,INSECURE}
)";
}

}  // namespace vr::manager
