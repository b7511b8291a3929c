#include "api/kinds.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "api/tables.h"

namespace vr::api {
namespace {

const Field* Table(const char* kind) {
  static std::vector<std::unique_ptr<Field>> tables;
  auto parsed = ParseFieldTable(TableText(kind));
  if (!parsed) {  // built into the program: a test has parsed it
    std::fprintf(stderr, "%s: %s\n", kind, parsed.error().message.c_str());
    std::abort();
  }
  tables.push_back(std::move(parsed).value());
  return tables.back().get();
}

KindInfo Kind(const char* name, const char* plural, std::vector<std::string> short_names,
              const char* description, std::vector<PrinterColumn> columns) {
  KindInfo info;
  info.type = {
      .group = kGroup, .version = kVersion, .kind = name, .plural = plural, .namespaced = true};
  info.singular = name;
  std::transform(info.singular.begin(), info.singular.end(), info.singular.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  info.short_names = std::move(short_names);
  info.categories = {"virtrigaud"};
  info.description = description;
  info.columns = std::move(columns);
  info.columns.push_back({"Age", "date", ".metadata.creationTimestamp", 0, "Time since creation"});
  info.fields = Table(name);
  return info;
}

constexpr const char* kReadyPath = ".status.conditions[?(@.type==\"Ready\")].status";

}  // namespace

const std::vector<KindInfo>& AllKinds() {
  static const std::vector<KindInfo> kinds = {
      Kind("Provider", "providers", {"prov"}, "A hypervisor, and the process that drives it.",
           {{"Type", "string", ".spec.type", 0, "Type of the hypervisor"},
            {"Endpoint", "string", ".spec.endpoint", 0, "Where it is"},
            {"Healthy", "boolean", ".status.healthy", 0, "Whether it answers"},
            {"Connected VMs", "integer", ".status.connectedVMs", 0, "VMs that use it"}}),
      Kind("VMClass", "vmclasses", {"vmclass"},
           "A size for VMs: CPU, memory, firmware and disk defaults.",
           {{"CPU", "integer", ".spec.cpu", 0, "Virtual CPUs"},
            {"Memory", "string", ".spec.memory", 0, "Memory"},
            {"Firmware", "string", ".spec.firmware", 0, "Firmware"},
            {"Used By", "integer", ".status.usedByVMs", 0, "VMs that use it"}}),
      Kind("VMImage", "vmimages", {"vmimg"}, "What root disks are made from.",
           {{"Ready", "boolean", ".status.ready", 0, "Whether it can be used"},
            {"Phase", "string", ".status.phase", 0, "Where it stands"},
            {"Size", "string", ".status.size", 0, "Size"},
            {"Providers", "string", ".status.availableOn[*]", 0, "Providers that have it"}}),
      Kind("VMNetworkAttachment", "vmnetworkattachments", {"vmnet"},
           "A network that VMs connect to.",
           {{"Ready", "boolean", ".status.ready", 0, "Whether it can be used"},
            {"Type", "string", ".spec.network.type", 0, "Type of the network"},
            {"Connected VMs", "integer", ".status.connectedVMs", 0, "VMs that use it"},
            {"Providers", "string", ".status.availableOn[*]", 0, "Providers that have it"}}),
      Kind("VirtualMachine", "virtualmachines", {"vm"}, "A virtual machine on a Provider.",
           {{"Phase", "string", ".status.phase", 0, "Where it stands"},
            {"Provider", "string", ".spec.providerRef.name", 0, "Provider that runs it"},
            {"Class", "string", ".spec.classRef.name", 0, "Its size"},
            {"Image", "string", ".spec.imageRef.name", 0, "What its disk was made from"},
            {"IPs", "string", ".status.ips[*]", 0, "Addresses of the guest"},
            {"Power", "string", ".status.powerState", 0, "Power state on the hypervisor"},
            {"Ready", "string", kReadyPath, 0, "Whether it is as declared"},
            {"Host", "string", ".status.host", 1, "Host that runs it"},
            {"Guest OS", "string", ".status.guestOS", 1, "What the guest reports"}}),
  };
  return kinds;
}

const KindInfo* FindKind(std::string_view kind) {
  const auto& all = AllKinds();
  const auto it = std::find_if(all.begin(), all.end(),
                               [&](const KindInfo& info) { return info.type.kind == kind; });
  return it == all.end() ? nullptr : &*it;
}

}  // namespace vr::api
