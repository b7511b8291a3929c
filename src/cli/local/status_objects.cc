#include "cli/local/status_objects.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <tuple>

#include "api/kinds.h"
#include "cli/json_util.h"
#include "cli/resources.h"

namespace vr::cli {
namespace {

using Json = nlohmann::json;

constexpr size_t kMostNotReady = 10;
constexpr size_t kMostText = 300;

// "[-]storage failed: disk full" of the verbose answer, or the beginning of any other.
std::string FailingCheck(const net::HttpResponse& readyz) {
  std::istringstream in(readyz.body);
  std::string failing;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("[-]")) failing += (failing.empty() ? "" : "; ") + line.substr(3);
  }
  if (failing.empty()) failing = readyz.body.substr(0, readyz.body.find('\n'));
  if (failing.empty()) failing = "HTTP status " + std::to_string(readyz.status);
  return failing.substr(0, kMostText);
}

std::string MessageOf(const Json& provider) {
  for (const char* type : {"ProviderAvailable", "Ready"}) {
    const Json condition = ConditionOf(provider, type);
    if (!condition.is_null() && TextAt(condition, "/status") != "True")
      return TextAt(condition, "/message");
  }
  return "";
}

// namespace/name of the Provider of a machine.
std::string ProviderOf(const Json& vm) {
  const std::string ns = TextAt(vm, "/spec/providerRef/namespace");
  return (ns.empty() ? TextAt(vm, "/metadata/namespace") : ns) + "/" +
         TextAt(vm, "/spec/providerRef/name");
}

void AddProviders(const std::vector<Json>& providers, const std::map<std::string, int>& vms_of,
                  StatusReport& report) {
  for (const Json& provider : providers) {
    ProviderReport entry{.ns = TextAt(provider, "/metadata/namespace"),
                         .name = TextAt(provider, "/metadata/name"),
                         .type = TextAt(provider, "/spec/type"),
                         .healthy = TextAt(provider, "/status/healthy") == "true",
                         .deleting_since = TextAt(provider, "/metadata/deletionTimestamp"),
                         .message = MessageOf(provider)};
    const auto vms = vms_of.find(entry.ns + "/" + entry.name);
    if (vms != vms_of.end()) entry.vms = vms->second;
    if (entry.held()) {
      entry.message = "is being deleted (InUse): waits for " + std::to_string(entry.vms) +
                      " virtual machines that refer to it";
    }
    report.providers.push_back(std::move(entry));
  }
}

// Worst first: what others build on, then what failed, then what has been so for longest.
std::tuple<bool, bool, std::string> Rank(const NotReadyReport& report, const std::string& phase) {
  return {report.kind != "Provider", phase != "Failed", report.since};
}

using Ranked = std::pair<std::tuple<bool, bool, std::string>, NotReadyReport>;

void AddNotReady(const std::string& kind, const std::vector<Json>& objects,
                 std::vector<Ranked>& found) {
  for (const Json& object : objects) {
    const Json ready = ConditionOf(object, "Ready");
    if (ready.is_null() || TextAt(ready, "/status") != "False") continue;
    NotReadyReport entry{.kind = kind,
                         .ns = TextAt(object, "/metadata/namespace"),
                         .name = TextAt(object, "/metadata/name"),
                         .since = TextAt(ready, "/lastTransitionTime"),
                         .reason = TextAt(ready, "/reason"),
                         .message = TextAt(ready, "/message").substr(0, kMostText)};
    auto rank = Rank(entry, TextAt(object, "/status/phase"));
    found.emplace_back(std::move(rank), std::move(entry));
  }
}

void CountVms(const std::vector<Json>& vms, StatusReport& report,
              std::map<std::string, int>& vms_of) {
  for (const Json& vm : vms) {
    const std::string phase = TextAt(vm, "/status/phase");
    ++report.vms_by_phase[phase.empty() ? "Pending" : phase];
    ++vms_of[ProviderOf(vm)];
  }
}

}  // namespace

Status GatherObjects(const Context& ctx, const kube::Client& client, StatusReport& report) {
  net::HttpRequest request;
  request.url = "/readyz?verbose";
  VR_ASSIGN_OR_RETURN(const net::HttpResponse readyz, client.Raw(ctx, std::move(request)));
  if (readyz.status != 200) report.api_failing_check = FailingCheck(readyz);
  std::map<std::string, int> vms_of;
  std::vector<Ranked> not_ready;
  std::vector<Json> providers;
  for (const api::KindInfo& kind : api::AllKinds()) {
    VR_ASSIGN_OR_RETURN(std::vector<Json> objects, ListAll(ctx, client, kind.type, {}));
    AddNotReady(kind.type.kind, objects, not_ready);
    if (kind.type == VirtualMachineType()) CountVms(objects, report, vms_of);
    if (kind.type.kind == "Provider") providers = std::move(objects);
  }
  AddProviders(providers, vms_of, report);
  std::stable_sort(not_ready.begin(), not_ready.end(),
                   [](const Ranked& a, const Ranked& b) { return a.first < b.first; });
  report.not_ready_all = not_ready.size();
  for (Ranked& one : not_ready) {
    if (report.not_ready.size() < kMostNotReady) report.not_ready.push_back(std::move(one.second));
  }
  return {};
}

}  // namespace vr::cli
