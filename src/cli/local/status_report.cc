#include "cli/local/status_report.h"

#include <chrono>
#include <optional>

#include "cli/local/running.h"
#include "cli/local/status_objects.h"
#include "cli/report.h"
#include "net/curl_http_client.h"

namespace vr::cli {
namespace {

constexpr std::chrono::seconds kHealthPatience{2};

// Why its health is not good; empty if it is. A manager that hangs holds the connection and says
// nothing.
std::string AskHealth(const Context& ctx, const std::string& operations) {
  const auto client = net::MakeCurlHttpClient({});
  if (!client) return client.error().message;
  const auto answer = (*client)->Do(ctx.WithTimeout(kHealthPatience),
                                    {.method = "GET", .url = operations + "/healthz"});
  if (!answer && answer.error().kind == ErrorKind::kTimeout)
    return "it hangs: " + operations + "/healthz gives no answer";
  if (!answer) return answer.error().message;
  if (answer->status == 200) return "";
  return "unhealthy: " + answer->body.substr(0, 300);
}

void GatherManager(const Env& env, const DataDir& dir, StatusReport& report) {
  const auto record = ReadManagerRecord(dir.ManagerRecordFile());
  if (!record) return;
  report.manager_restarts = record->restarts;
  if (IdentifyProcess(record->process.pid) != record->process) return;
  report.manager_pid = record->process.pid;
  report.manager_since = record->since;
  const auto ready = ReadReadyRecord(dir.ReadyFile());
  report.manager_ready = ready && ready->pid == record->process.pid;
  if (!report.manager_ready) return;
  report.manager_operations = ready->operations;
  if (!ready->operations.empty())
    report.manager_message = AskHealth(env.Ctx(kHealthPatience), ready->operations);
}

Status GatherApi(const Env& env, const DataDir& dir, StatusReport& report) {
  Env local = env;  // whatever kubeconfig the user works with: we mean the one in the folder
  local.settings.kubeconfig = dir.Kubeconfig().string();
  local.settings.kube_context.clear();
  VR_ASSIGN_OR_RETURN(const Connection connection, env.connect(local));
  return GatherObjects(env.Ctx(std::chrono::seconds(10)), *connection.client, report);
}

// What is wrong, and the command to type next.
struct Finding {
  std::string problem;
  std::string next;
};

// A command of kubectl or vrtg that reaches this API server from the user's shell.
std::string Reaching(const Env& env, const DataDir& dir, const std::string& command) {
  const std::string file = dir.Kubeconfig().string();
  return command + (env.settings.kubeconfig == file ? "" : " --kubeconfig " + file);
}

std::string Unquoted(const std::string& command) { return command.substr(1, command.size() - 2); }

std::optional<Finding> DiagnoseServer(const Env& env, const DataDir& dir,
                                      const StatusReport& report) {
  const std::string up = CommandFor(env, dir, "up");
  if (!report.running) {
    return Finding{"nothing runs in " + report.data_dir + "; " + up + " starts it",
                   Unquoted(up) + " --detach"};
  }
  if (!report.api_healthy) {
    const std::string down = CommandFor(env, dir, "down");
    return Finding{
        "the API server does not answer (" + report.api_message + "); " + down + ", then " + up,
        Unquoted(down)};
  }
  if (!report.api_failing_check.empty()) {
    return Finding{"the API server answers but is not ready: " + report.api_failing_check +
                       "; 'df -h " + report.data_dir + "' shows the room on its disk",
                   "df -h " + report.data_dir};
  }
  return std::nullopt;
}

std::optional<Finding> DiagnoseManager(const DataDir& dir, const StatusReport& report) {
  const std::string look = "tail -n 50 " + dir.ManagerLog().string();
  if (!report.manager_wanted) return std::nullopt;
  if (report.manager_pid == 0) {
    return Finding{
        "the manager does not run; 'vrtg up' starts it again by itself, see why it ended "
        "in " +
            dir.ManagerLog().string(),
        look};
  }
  if (!report.manager_ready) {
    return Finding{"the manager is not ready yet; if that lasts, 'vrtg up' has its log in " +
                       dir.ManagerLog().string(),
                   look};
  }
  if (!report.manager_message.empty()) {
    const std::string kill = "kill -KILL " + std::to_string(report.manager_pid);
    return Finding{"the manager (process " + std::to_string(report.manager_pid) +
                       "): " + report.manager_message + "; '" + kill +
                       "' ends it, and 'vrtg up' starts it again",
                   kill};
  }
  return std::nullopt;
}

std::optional<Finding> DiagnoseProviders(const Env& env, const DataDir& dir,
                                         const StatusReport& report) {
  for (const ProviderReport& provider : report.providers) {
    if (provider.healthy && !provider.held()) continue;
    const std::string who = "provider " + provider.ns + "/" + provider.name;
    if (provider.held()) {
      const std::string list = Reaching(
          env, dir, "vrtg vm list -A --field-selector spec.providerRef.name=" + provider.name);
      return Finding{who + " " + provider.message + "; '" + list + "' shows them", list};
    }
    const std::string describe =
        Reaching(env, dir, "kubectl describe provider -n " + provider.ns + " " + provider.name);
    const std::string why = provider.message.empty() ? "" : " (" + provider.message + ")";
    return Finding{who + " is not healthy" + why + "; see '" + describe + "'", describe};
  }
  return std::nullopt;
}

// The command that tells more about an object.
std::string Describe(const Env& env, const DataDir& dir, const NotReadyReport& object) {
  const std::string place =
      (object.ns.empty() ? "" : " -n " + object.ns) + std::string(" ") + object.name;
  if (object.kind == "VirtualMachine") return Reaching(env, dir, "vrtg vm describe" + place);
  return Reaching(env, dir, "kubectl describe " + object.kind + place);
}

// The first thing that is wrong, from the ground up: what stands on it cannot work either.
void Diagnose(const Env& env, const DataDir& dir, StatusReport& report) {
  auto finding = DiagnoseServer(env, dir, report);
  if (!finding) finding = DiagnoseManager(dir, report);
  if (!finding) finding = DiagnoseProviders(env, dir, report);
  if (finding) {
    report.problem = WithHint({ErrorKind::kUnavailable, finding->problem, {}}, "");
    report.next = finding->next;
  } else if (!report.not_ready.empty()) {
    report.next = Describe(env, dir, report.not_ready.front());
  }
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
    GatherManager(env, dir, report);
    const Status asked = GatherApi(env, dir, report);
    report.api_healthy = asked.ok();
    if (!asked) report.api_message = asked.error().message;
  }
  Diagnose(env, dir, report);
  return report;
}

}  // namespace vr::cli
