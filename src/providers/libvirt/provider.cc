#include "providers/libvirt/provider.h"

#include <optional>
#include <utility>

#include "base/version.h"
#include "providers/libvirt/error_map.h"
#include "providers/libvirt/monitor.h"

namespace vr::libvirt {
namespace {

std::string VersionText(unsigned long version) {
  return std::to_string(version / 1000000) + "." + std::to_string(version / 1000 % 1000) + "." +
         std::to_string(version % 1000);
}

// VMs of one name in two namespaces meet here: libvirt has one name space for a host.
Error NameIsTaken(const std::string& name, const DomainView* view, const std::string& owner_uid) {
  std::string whose = "a VM that VirtRigaud did not make";
  if (view != nullptr && view->ours) whose = "the VM of another owner, " + view->owner.key;
  if (!owner_uid.empty()) whose += " (" + owner_uid + ")";
  return Error{ErrorKind::kConflict,
               "the name " + name + " is taken on this host by " + whose +
                   ": rename the VM, or tell names apart by spec.vmNameTemplate of the Provider",
               {}};
}

}  // namespace

LibvirtProvider::LibvirtProvider(ProviderOptions options, const Deps& deps)
    : deps_(deps),
      connection_(deps.loop, std::move(options.connection), deps.clock),
      views_(std::make_shared<ViewCache>()),
      inventory_(connection_, *views_, addresses_),
      storage_(connection_),
      images_(connection_, storage_, deps.http),
      host_(connection_),
      maker_(connection_, storage_, images_, inventory_, host_, std::move(options.pool)),
      monitor_(std::make_unique<Monitor>(inventory_, views_, addresses_, deps.hub, deps.clock)) {}

LibvirtProvider::~LibvirtProvider() { Stop(); }

void LibvirtProvider::Start() {
  monitor_->Start();
  connection_.Start(
      [this](virConnectPtr connect) {
        host_.Forget();
        return monitor_->OnConnected(connect);
      },
      [this](const Error& error) { monitor_->OnLost(error); });
}

void LibvirtProvider::Stop() {
  connection_.Stop();
  monitor_->Stop();
}

Result<sdk::ValidateResult> LibvirtProvider::Validate(const Context& ctx) {
  const auto traits = host_.Get(ctx);
  if (!traits) return sdk::ValidateResult{.ok = false, .message = traits.error().message};
  return sdk::ValidateResult{
      .ok = true,
      .message = "connected to " + connection_.uri() + ", domains of type " + traits->domain_type};
}

Result<sdk::Capabilities> LibvirtProvider::GetCapabilities(const Context& ctx) {
  sdk::Capabilities capabilities;
  capabilities.provider_type = "libvirt";
  capabilities.provider_version = ProjectVersion();
  capabilities.disk_types = {"qcow2", "raw"};
  capabilities.network_types = {"network", "bridge", "user"};
  capabilities.watch = true;
  capabilities.bulk_describe = true;
  capabilities.suspend = true;
  const auto version = connection_.Call(ctx, [](virConnectPtr connect) -> Result<std::string> {
    unsigned long libvirt_version = 0;
    unsigned long hypervisor = 0;
    if (virConnectGetLibVersion(connect, &libvirt_version) != 0 ||
        virConnectGetVersion(connect, &hypervisor) != 0) {
      return LastError("ask for the version of the hypervisor");
    }
    const char* type = virConnectGetType(connect);
    return std::string(type ? type : "hypervisor") + " " + VersionText(hypervisor) + ", libvirt " +
           VersionText(libvirt_version);
  });
  if (!version) return version.error();
  capabilities.hypervisor_version = *version;
  return capabilities;
}

Result<std::optional<LibvirtProvider::Existing>> LibvirtProvider::FindOwned(
    const Context& ctx, const sdk::VmSpec& spec) {
  using Found = std::optional<Existing>;
  VR_ASSIGN_OR_RETURN(const std::vector<Observed> all, inventory_.List(ctx));
  for (const Observed& observed : all) {
    if (!spec.owner_uid.empty() && observed.state.owner_uid == spec.owner_uid) {
      return Found(Existing{observed.state.id, !observed.creating});
    }
  }
  for (const Observed& observed : all) {
    if (observed.state.name != spec.name) continue;
    // A manager that sends no UID knows its VMs by name.
    const auto view = views_->Get(observed.state.id);
    if (spec.owner_uid.empty() && observed.state.owner_uid.empty() && view && view->ours) {
      return Found(Existing{observed.state.id, !observed.creating});
    }
    return NameIsTaken(spec.name, view.get(), observed.state.owner_uid);
  }
  return Found();
}

Result<sdk::CreateResult> LibvirtProvider::Create(const Context& ctx,
                                                  const sdk::CreateRequest& request) {
  VR_RETURN_IF_ERROR(CheckVmSpec(request.vm));
  VR_ASSIGN_OR_RETURN(const auto existing, FindOwned(ctx, request.vm));
  if (existing && existing->complete) return sdk::CreateResult{.id = existing->id, .task = {}};
  const std::string id = existing ? existing->id : DomainUuidFor(sdk::IdentityOf(request.vm));
  VR_ASSIGN_OR_RETURN(
      sdk::TaskRef task,
      deps_.tasks.Start(
          id, request.idempotency_key,
          [this, id, spec = request.vm](const Context& task_ctx,
                                        sdk::TaskProgress& progress) -> Result<std::string> {
            VR_RETURN_IF_ERROR(maker_.Make(task_ctx, spec, id, progress));
            monitor_->Touch(id);
            return id;
          },
          sdk::TaskLength::kLong));
  return sdk::CreateResult{.id = id, .task = std::move(task)};
}

Result<sdk::TaskRef> LibvirtProvider::Delete(const Context& ctx,
                                             const sdk::DeleteRequest& request) {
  const std::string id = request.id.empty() ? DomainUuidFor(request.owner_uid) : request.id;
  VR_ASSIGN_OR_RETURN(const auto view, inventory_.View(ctx, id));
  if (view && !view->ours) {
    return Error{ErrorKind::kConflict,
                 "VM " + view->name + " was not made by VirtRigaud: it is left alone",
                 {}};
  }
  if (view && view->owner.uid != request.owner_uid && !request.owner_uid.empty()) {
    return Error{ErrorKind::kConflict,
                 "VM " + view->name + " belongs to another owner (" + view->owner.uid + ")",
                 {}};
  }
  // Even a VM that is not there yet: a task that makes it may be waiting, and is waited for.
  const auto disks = request.keep_disks ? VmMaker::Disks::kKeep : VmMaker::Disks::kDelete;
  return deps_.tasks.Start(
      id, request.idempotency_key,
      [this, id, disks](const Context& task_ctx, sdk::TaskProgress&) -> Result<std::string> {
        VR_ASSIGN_OR_RETURN(const auto now, inventory_.View(task_ctx, id));
        if (now && now->ours) VR_RETURN_IF_ERROR(maker_.Unmake(task_ctx, *now, disks));
        monitor_->Touch(id);
        return id;
      });
}

Result<sdk::DescribeResult> LibvirtProvider::Describe(const Context& ctx, const std::string& id) {
  VR_ASSIGN_OR_RETURN(auto observed, inventory_.Observe(ctx, id));
  sdk::DescribeResult result;
  if (!observed) return result;
  result.exists = true;
  result.vm = std::move(observed->state);
  if (observed->creating) result.vm.raw["creating"] = "true";
  return result;
}

Result<std::vector<sdk::VmState>> LibvirtProvider::ListVms(const Context& ctx) {
  VR_ASSIGN_OR_RETURN(std::vector<Observed> all, inventory_.List(ctx));
  std::vector<sdk::VmState> states;
  for (Observed& observed : all) {
    if (!observed.creating) states.push_back(std::move(observed.state));
  }
  return states;
}

}  // namespace vr::libvirt
