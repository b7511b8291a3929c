#include "api/kinds.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "api/tables.h"
#include "base/text.h"

namespace vr::api {
namespace {

const Field* Table(const char* kind) {
  static std::vector<std::unique_ptr<Field>> tables;
  auto parsed = ParseFieldTable(TableText(kind), TableText);
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
  info.singular = Lowercase(name);
  info.short_names = std::move(short_names);
  info.categories = {"virtrigaud"};
  info.description = description;
  info.columns = std::move(columns);
  info.columns.push_back({"Age", "date", ".metadata.creationTimestamp", 0, "Time since creation"});
  info.fields = Table(name);
  return info;
}

constexpr const char* kReadyPath = ".status.conditions[?(@.type==\"Ready\")].status";

PrinterColumn Phase() { return {"Phase", "string", ".status.phase", 0, "Where it stands"}; }
PrinterColumn Ready() { return {"Ready", "string", kReadyPath, 1, "Whether it is as declared"}; }
PrinterColumn Source() {
  return {"Source", "string", ".spec.source.vmRef.name", 0, "VM that it starts from"};
}
PrinterColumn Target() { return {"Target", "string", ".spec.target.name", 0, "VM that is made"}; }

KindInfo ProviderKind() {
  return Kind("Provider", "providers", {"prov"}, "A hypervisor, and the process that drives it.",
              {{"Type", "string", ".spec.type", 0, "Type of the hypervisor"},
               {"Endpoint", "string", ".spec.endpoint", 0, "Where it is"},
               {"Healthy", "boolean", ".status.healthy", 0, "Whether it answers"},
               {"Connected VMs", "integer", ".status.connectedVMs", 0, "VMs that use it"}});
}

KindInfo VmClassKind() {
  return Kind("VMClass", "vmclasses", {"vmclass"},
              "A size for VMs: CPU, memory, firmware and disk defaults.",
              {{"CPU", "integer", ".spec.cpu", 0, "Virtual CPUs"},
               {"Memory", "string", ".spec.memory", 0, "Memory"},
               {"Firmware", "string", ".spec.firmware", 0, "Firmware"},
               {"Used By", "integer", ".status.usedByVMs", 0, "VMs that use it"}});
}

KindInfo VmCloneKind() {
  return Kind("VMClone", "vmclones", {"vmclone"}, "A copy of a VM, made once.",
              {Source(),
               Target(),
               Phase(),
               {"Clone Type", "string", ".status.actualCloneType", 0, "Kind of clone"},
               {"Progress", "string", ".status.progress.overallPercentage", 0, "Percent done"},
               Ready()});
}

KindInfo VmImageKind() {
  return Kind("VMImage", "vmimages", {"vmimg"}, "What root disks are made from.",
              {{"Ready", "boolean", ".status.ready", 0, "Whether it can be used"},
               Phase(),
               {"Size", "string", ".status.size", 0, "Size"},
               {"Providers", "string", ".status.availableOn[*]", 0, "Providers that have it"}});
}

KindInfo VmMigrationKind() {
  return Kind("VMMigration", "vmmigrations", {"vmmig"},
              "A move of a VM to another provider, made once.",
              {Source(),
               Target(),
               Phase(),
               {"Progress", "string", ".status.progress.percentage", 0, "Percent done"},
               Ready()});
}

KindInfo VmNetworkAttachmentKind() {
  return Kind("VMNetworkAttachment", "vmnetworkattachments", {"vmnet"},
              "A network that VMs connect to.",
              {{"Ready", "boolean", ".status.ready", 0, "Whether it can be used"},
               {"Type", "string", ".spec.network.type", 0, "Type of the network"},
               {"Connected VMs", "integer", ".status.connectedVMs", 0, "VMs that use it"},
               {"Providers", "string", ".status.availableOn[*]", 0, "Providers that have it"}});
}

KindInfo VmPlacementPolicyKind() {
  return Kind("VMPlacementPolicy", "vmplacementpolicies", {"vmpp"},
              "Where VMs that refer to it may and should run.",
              {{"Used By VMs", "string", ".status.usedByVMs[*].name", 0, "VMs that refer to it"},
               {"Priority", "integer", ".spec.priority", 0, "Precedence over other policies"},
               {"Successful", "integer", ".status.placementStats.successfulPlacements", 0,
                "VMs that were placed"},
               {"Failed", "integer", ".status.placementStats.failedPlacements", 0,
                "VMs for which no place was found"},
               Ready()});
}

KindInfo VmSetKind() {
  KindInfo info =
      Kind("VMSet", "vmsets", {"vmset"}, "A number of VMs of one template.",
           {{"Desired", "integer", ".spec.replicas", 0, "VMs wanted"},
            {"Current", "integer", ".status.replicas", 0, "VMs that exist"},
            {"Ready", "integer", ".status.readyReplicas", 0, "VMs that are Ready"},
            {"Updated", "integer", ".status.updatedReplicas", 0, "VMs of the current template"}});
  info.scale = {".spec.replicas", ".status.replicas", ".status.selector"};
  return info;
}

KindInfo VmSnapshotKind() {
  return Kind("VMSnapshot", "vmsnapshots", {"vmsnap"},
              "A snapshot of a VM, or a schedule that takes them.",
              {{"VM", "string", ".spec.vmRef.name", 0, "VM that it is of"},
               Phase(),
               {"Size", "string", ".status.size", 0, "Storage that it takes"},
               {"Created", "date", ".status.creationTime", 0, "When it was begun"},
               {"Expires", "date", ".status.expiryTime", 0, "When it is removed"},
               Ready()});
}

KindInfo VmTemplateKind() {
  return Kind("VMTemplate", "vmtemplates", {"vmtmpl"},
              "Turns a VM into a template on its provider, once.",
              {{"Source", "string", ".spec.sourceVM", 0, "VM that becomes the template"},
               Phase(),
               {"Template", "string", ".status.templateName", 0, "Its name on the provider"},
               Ready()});
}

KindInfo VirtualMachineKind() {
  return Kind("VirtualMachine", "virtualmachines", {"vm"}, "A virtual machine on a Provider.",
              {Phase(),
               {"Provider", "string", ".spec.providerRef.name", 0, "Provider that runs it"},
               {"Class", "string", ".spec.classRef.name", 0, "Its size"},
               {"Image", "string", ".spec.imageRef.name", 0, "What its disk was made from"},
               {"IPs", "string", ".status.ips[*]", 0, "Addresses of the guest"},
               {"Power", "string", ".status.powerState", 0, "Power state on the hypervisor"},
               {"Ready", "string", kReadyPath, 0, "Whether it is as declared"},
               {"Host", "string", ".status.host", 1, "Host that runs it"},
               {"Guest OS", "string", ".status.guestOS", 1, "What the guest reports"}});
}

}  // namespace

const std::vector<KindInfo>& AllKinds() {
  static const std::vector<KindInfo> kinds = {
      ProviderKind(),          VmClassKind(),       VmCloneKind(),
      VmImageKind(),           VmMigrationKind(),   VmNetworkAttachmentKind(),
      VmPlacementPolicyKind(), VmSetKind(),         VmSnapshotKind(),
      VmTemplateKind(),        VirtualMachineKind()};
  return kinds;
}

const KindInfo* FindKind(std::string_view kind) {
  const auto& all = AllKinds();
  const auto it = std::find_if(all.begin(), all.end(),
                               [&](const KindInfo& info) { return info.type.kind == kind; });
  return it == all.end() ? nullptr : &*it;
}

}  // namespace vr::api
