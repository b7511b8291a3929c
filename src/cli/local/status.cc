// vrtg status.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/json_util.h"
#include "cli/local/status_report.h"
#include "cli/printer.h"
#include "cli/vrtg/commands.h"

namespace vr::cli {
namespace {

using Json = nlohmann::json;

Json ToJson(const StatusReport& report) {
  Json json = {{"dataDir", report.data_dir},
               {"diskBytes", report.disk_bytes},
               {"healthy", report.problem.ok()},
               {"controlPlane", {{"running", report.running}, {"healthy", report.api_healthy}}},
               {"virtualMachines", report.vms_by_phase},
               {"providers", Json::array()}};
  if (!report.problem) json["problem"] = report.problem.error().message;
  if (report.running) {
    json["controlPlane"].update(
        {{"pid", report.pid}, {"since", report.since}, {"url", report.url}});
    if (!report.api_message.empty()) json["controlPlane"]["message"] = report.api_message;
  }
  if (report.manager_wanted) {
    json["manager"] = {{"running", report.manager_pid != 0},
                       {"ready", report.manager_ready},
                       {"restarts", report.manager_restarts}};
    if (report.manager_pid != 0)
      json["manager"].update({{"pid", report.manager_pid}, {"since", report.manager_since}});
    if (report.manager_ready) json["manager"]["operations"] = report.manager_operations;
  }
  for (const ProviderReport& provider : report.providers) {
    json["providers"].push_back({{"namespace", provider.ns},
                                 {"name", provider.name},
                                 {"type", provider.type},
                                 {"healthy", provider.healthy},
                                 {"virtualMachines", provider.vms},
                                 {"message", provider.message}});
  }
  return json;
}

std::string ShowBytes(std::uintmax_t bytes) {
  constexpr double kMiB = 1 << 20;
  char text[32];
  std::snprintf(text, sizeof text, "%.1f MiB", static_cast<double>(bytes) / kMiB);
  return text;
}

std::string ShowManager(const Env& env, const StatusReport& report) {
  if (!report.manager_wanted) return "none (--no-manager)";
  std::string text = "does not run";
  if (report.manager_pid != 0) {
    text = std::string(report.manager_ready ? "ready" : "not ready") + ", process " +
           std::to_string(report.manager_pid) + ", up for " +
           ShowTime(report.manager_since, env.clock.WallNow(), TimeStyle::kAge);
  }
  if (report.manager_ready && !report.manager_operations.empty())
    text += ", " + report.manager_operations;
  return text + ", restarts " + std::to_string(report.manager_restarts);
}

std::string ShowVms(const StatusReport& report) {
  if (report.vms_by_phase.empty()) return "none";
  std::string text;
  for (const auto& [phase, count] : report.vms_by_phase)
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + phase;
  return text;
}

void PrintTable(const Env& env, const StatusReport& report) {
  env.out << "Data folder       " << report.data_dir << " (" << ShowBytes(report.disk_bytes)
          << ")\n";
  if (!report.running) {
    env.out << "Control plane     does not run\n";
    return;
  }
  env.out << "Control plane     " << (report.api_healthy ? "healthy" : "does not answer") << ", "
          << report.url << ", process " << report.pid << ", up for "
          << ShowTime(report.since, env.clock.WallNow(), TimeStyle::kAge) << "\n"
          << "Manager           " << ShowManager(env, report) << "\n";
  if (!report.api_healthy) return;
  env.out << "Virtual machines  " << ShowVms(report) << "\n"
          << (report.providers.empty() ? "Providers         none\n" : "");
  if (report.providers.empty()) return;
  std::vector<Row> rows;
  for (const ProviderReport& provider : report.providers) {
    rows.push_back({provider.ns, provider.name, provider.type, provider.healthy ? "yes" : "no",
                    std::to_string(provider.vms), provider.message});
  }
  env.out << "\n";
  TablePrinter(env.out, {"NAMESPACE", "NAME", "TYPE", "HEALTHY", "VMS", "MESSAGE"}).Print(rows);
}

}  // namespace

Status LocalStatus(Env& env, const std::string& data_dir) {
  const DataDir dir = DataDirOf(env, data_dir);
  VR_RETURN_IF_ERROR(CheckDataDir(dir));
  const StatusReport report = GatherStatus(env, dir);
  if (env.settings.output.table()) {
    PrintTable(env, report);
  } else {
    PrintObject(env.out, env.settings.output, ToJson(report));
  }
  return report.problem;
}

}  // namespace vr::cli
