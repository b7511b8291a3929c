// vrtg status.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/json_util.h"
#include "cli/local/status_report.h"
#include "cli/printer.h"
#include "cli/report.h"
#include "cli/vrtg/commands.h"

namespace vr::cli {
namespace {

using Json = nlohmann::json;

bool ApiWorks(const StatusReport& report) {
  return report.api_healthy && report.api_failing_check.empty();
}

Json NotReadyJson(const StatusReport& report) {
  Json list = Json::array();
  for (const NotReadyReport& object : report.not_ready) {
    list.push_back({{"kind", object.kind},
                    {"namespace", object.ns},
                    {"name", object.name},
                    {"since", object.since},
                    {"reason", object.reason},
                    {"message", object.message}});
  }
  return list;
}

Json ToJson(const StatusReport& report) {
  Json json = {{"dataDir", report.data_dir},
               {"diskBytes", report.disk_bytes},
               {"healthy", report.problem.ok()},
               {"controlPlane", {{"running", report.running}, {"healthy", ApiWorks(report)}}},
               {"virtualMachines", report.vms_by_phase},
               {"providers", Json::array()},
               {"notReady", NotReadyJson(report)},
               {"notReadyCount", report.not_ready_all}};
  if (!report.problem) json["problem"] = AdviceOf(report.problem.error()).message;
  if (!report.next.empty()) json["next"] = report.next;
  if (report.running) {
    json["controlPlane"].update(
        {{"pid", report.pid}, {"since", report.since}, {"url", report.url}});
    const std::string& why = report.api_healthy ? report.api_failing_check : report.api_message;
    if (!why.empty()) json["controlPlane"]["message"] = why;
  }
  if (report.manager_wanted) {
    json["manager"] = {{"running", report.manager_pid != 0},
                       {"ready", report.manager_ready},
                       {"restarts", report.manager_restarts}};
    if (report.manager_pid != 0)
      json["manager"].update({{"pid", report.manager_pid}, {"since", report.manager_since}});
    if (report.manager_ready) json["manager"]["operations"] = report.manager_operations;
    if (!report.manager_message.empty()) json["manager"]["message"] = report.manager_message;
  }
  for (const ProviderReport& provider : report.providers) {
    json["providers"].push_back({{"namespace", provider.ns},
                                 {"name", provider.name},
                                 {"type", provider.type},
                                 {"healthy", provider.healthy},
                                 {"virtualMachines", provider.vms},
                                 {"message", provider.message}});
    if (!provider.deleting_since.empty())
      json["providers"].back()["deletingSince"] = provider.deleting_since;
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
    text = std::string(!report.manager_ready            ? "not ready"
                       : report.manager_message.empty() ? "ready"
                                                        : "not well") +
           ", process " + std::to_string(report.manager_pid) + ", up for " +
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

std::string ShowServer(const StatusReport& report) {
  if (!report.api_healthy) return "does not answer";
  return report.api_failing_check.empty() ? "healthy"
                                          : "not ready (" + report.api_failing_check + ")";
}

void PrintProviders(const Env& env, const StatusReport& report) {
  if (report.providers.empty()) {
    env.out << "Providers         none\n";
    return;
  }
  std::vector<Row> rows;
  for (const ProviderReport& provider : report.providers) {
    const std::string state =
        provider.deleting_since.empty()
            ? (provider.healthy ? "yes" : "no")
            : "deleting for " +
                  ShowTime(provider.deleting_since, env.clock.WallNow(), TimeStyle::kAge);
    rows.push_back({provider.ns, provider.name, provider.type, state, std::to_string(provider.vms),
                    provider.message});
  }
  env.out << "\n";
  TablePrinter(env.out, {"NAMESPACE", "NAME", "TYPE", "HEALTHY", "VMS", "MESSAGE"}).Print(rows);
}

void PrintNotReady(const Env& env, const StatusReport& report) {
  if (report.not_ready.empty()) return;
  std::vector<Row> rows;
  for (const NotReadyReport& object : report.not_ready) {
    rows.push_back({object.kind, object.ns, object.name,
                    ShowTime(object.since, env.clock.WallNow(), TimeStyle::kAge), object.reason,
                    object.message});
  }
  env.out << "\nNot ready (" << report.not_ready_all << "), the worst first:\n";
  TablePrinter(env.out, {"KIND", "NAMESPACE", "NAME", "SINCE", "REASON", "MESSAGE"}).Print(rows);
  if (report.not_ready_all > rows.size())
    env.out << "and " << report.not_ready_all - rows.size() << " more\n";
}

void PrintTable(const Env& env, const StatusReport& report) {
  env.out << "Data folder       " << report.data_dir << " (" << ShowBytes(report.disk_bytes)
          << ")\n";
  if (report.running) {
    env.out << "Control plane     " << ShowServer(report) << ", " << report.url << ", process "
            << report.pid << ", up for "
            << ShowTime(report.since, env.clock.WallNow(), TimeStyle::kAge) << "\n"
            << "Manager           " << ShowManager(env, report) << "\n";
  } else {
    env.out << "Control plane     does not run\n";
  }
  if (report.api_healthy) {
    env.out << "Virtual machines  " << ShowVms(report) << "\n";
    PrintProviders(env, report);
    PrintNotReady(env, report);
  }
  if (!report.next.empty()) env.out << "\nNext: " << InOurName(env, report.next) << "\n";
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
