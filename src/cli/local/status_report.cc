#include "cli/local/status_report.h"

#include <nlohmann/json.hpp>

#include "cli/json_util.h"
#include "cli/local/running.h"
#include "cli/resources.h"

namespace vr::cli {
namespace {

using Json = nlohmann::json;

const kube::ResourceType& ProviderType() {
  static const kube::ResourceType type{"infra.virtrigaud.io", "v1beta1", "Provider", "providers",
                                       true};
  return type;
}

void GatherManager(const DataDir& dir, StatusReport& report) {
  const auto record = ReadManagerRecord(dir.ManagerRecordFile());
  if (!record) return;
  report.manager_restarts = record->restarts;
  if (IdentifyProcess(record->process.pid) != record->process) return;
  report.manager_pid = record->process.pid;
  report.manager_since = record->since;
  const auto ready = ReadReadyRecord(dir.ReadyFile());
  report.manager_ready = ready && ready->pid == record->process.pid;
  if (report.manager_ready) report.manager_operations = ready->operations;
}

std::string MessageOf(const Json& provider) {
  for (const char* type : {"ProviderAvailable", "Ready"}) {
    const Json condition = ConditionOf(provider, type);
    if (!condition.is_null() && TextAt(condition, "/status") != "True")
      return TextAt(condition, "/message");
  }
  return "";
}

Status GatherObjects(const Context& ctx, const kube::Client& client, StatusReport& report) {
  net::HttpRequest request;
  request.url = "/readyz";
  VR_ASSIGN_OR_RETURN(const net::HttpResponse readyz, client.Raw(ctx, std::move(request)));
  if (readyz.status != 200) {
    return Error{ErrorKind::kUnavailable,
                 "/readyz answers HTTP status " + std::to_string(readyz.status),
                 {}};
  }
  VR_ASSIGN_OR_RETURN(const std::vector<Json> vms, ListAll(ctx, client, VirtualMachineType(), {}));
  std::map<std::string, int> vms_of;
  for (const Json& vm : vms) {
    const std::string phase = TextAt(vm, "/status/phase");
    ++report.vms_by_phase[phase.empty() ? "Pending" : phase];
    const std::string ns = TextAt(vm, "/spec/providerRef/namespace");
    ++vms_of[(ns.empty() ? TextAt(vm, "/metadata/namespace") : ns) + "/" +
             TextAt(vm, "/spec/providerRef/name")];
  }
  VR_ASSIGN_OR_RETURN(const std::vector<Json> providers, ListAll(ctx, client, ProviderType(), {}));
  for (const Json& provider : providers) {
    ProviderReport entry{.ns = TextAt(provider, "/metadata/namespace"),
                         .name = TextAt(provider, "/metadata/name"),
                         .type = TextAt(provider, "/spec/type"),
                         .healthy = TextAt(provider, "/status/healthy") == "true",
                         .message = MessageOf(provider)};
    entry.vms = vms_of[entry.ns + "/" + entry.name];
    report.providers.push_back(std::move(entry));
  }
  return {};
}

Status GatherApi(const Env& env, const DataDir& dir, StatusReport& report) {
  Env local = env;  // whatever kubeconfig the user works with: we mean the one in the folder
  local.settings.kubeconfig = dir.Kubeconfig().string();
  local.settings.kube_context.clear();
  VR_ASSIGN_OR_RETURN(const Connection connection, env.connect(local));
  return GatherObjects(env.Ctx(std::chrono::seconds(10)), *connection.client, report);
}

Error Wrong(const std::string& what) { return Error{ErrorKind::kUnavailable, what, {}}; }

// The first thing that is wrong, from the ground up: what stands on it cannot work either.
Status Diagnose(const Env& env, const DataDir& dir, const StatusReport& report) {
  if (!report.running)
    return Wrong("nothing runs in " + report.data_dir + "; " + CommandFor(env, dir, "up") +
                 " starts it");
  if (!report.api_healthy)
    return Wrong("the API server does not answer (" + report.api_message + "); " +
                 CommandFor(env, dir, "down") + ", then " + CommandFor(env, dir, "up"));
  if (report.manager_wanted && report.manager_pid == 0)
    return Wrong(
        "the manager does not run; 'vrtg up' starts it again by itself, see why it ended "
        "in " +
        dir.ManagerLog().string());
  if (report.manager_wanted && !report.manager_ready)
    return Wrong("the manager is not ready yet; if that lasts, 'vrtg up' has its log in " +
                 dir.ManagerLog().string());
  for (const ProviderReport& provider : report.providers) {
    if (provider.healthy) continue;
    const std::string why = provider.message.empty() ? "" : " (" + provider.message + ")";
    return Wrong("provider " + provider.ns + "/" + provider.name + " is not healthy" + why +
                 "; see 'kubectl describe provider -n " + provider.ns + " " + provider.name + "'");
  }
  return {};
}

}  // namespace

StatusReport GatherStatus(const Env& env, const DataDir& dir) {
  StatusReport report{.data_dir = dir.root.string(), .disk_bytes = DiskUse(dir)};
  if (const auto up = RunningUp(dir)) {
    report.running = true;
    report.pid = up->process.pid;
    report.since = up->since;
    report.url = up->url;
    report.manager_wanted = up->manager;
    GatherManager(dir, report);
    const Status asked = GatherApi(env, dir, report);
    report.api_healthy = asked.ok();
    if (!asked) report.api_message = asked.error().message;
  }
  report.problem = Diagnose(env, dir, report);
  return report;
}

}  // namespace vr::cli
