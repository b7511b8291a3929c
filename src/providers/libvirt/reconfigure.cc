// LibvirtProvider::Reconfigure: CPUs and memory of a VM that is off.
#include "providers/libvirt/error_map.h"
#include "providers/libvirt/monitor.h"
#include "providers/libvirt/provider.h"

namespace vr::libvirt {
namespace {

Status Done(int result, const char* what) {
  return result == 0 ? Status() : Status(LastError(what));
}

// The most that the VM may have goes first, and takes what it has now down with it where it falls.
// Stopped halfway, it is done again: the difference is still there.
Status Resize(virConnectPtr connect, const std::string& id, const sdk::VmClassSpec& wanted) {
  VR_ASSIGN_OR_RETURN(const DomainHandle domain, LookUpDomain(connect, id));
  const int active = virDomainIsActive(domain.get());
  if (active < 0) return LastError("ask whether it runs");
  if (active == 1)
    return Error{ErrorKind::kConflict, "CPU and memory change only while the VM is off", {}};
  constexpr unsigned kConfig = VIR_DOMAIN_AFFECT_CONFIG;
  constexpr unsigned kCpuLimit = kConfig | static_cast<unsigned>(VIR_DOMAIN_VCPU_MAXIMUM);
  constexpr unsigned kMemoryLimit = kConfig | static_cast<unsigned>(VIR_DOMAIN_MEM_MAXIMUM);
  const auto cpus = static_cast<unsigned>(wanted.cpus);
  const auto kib = static_cast<unsigned long>(wanted.memory_mib) * 1024;
  VR_RETURN_IF_ERROR(
      Done(virDomainSetVcpusFlags(domain.get(), cpus, kCpuLimit), "set the number of CPUs"));
  VR_RETURN_IF_ERROR(
      Done(virDomainSetVcpusFlags(domain.get(), cpus, kConfig), "set the number of CPUs"));
  VR_RETURN_IF_ERROR(
      Done(virDomainSetMemoryFlags(domain.get(), kib, kMemoryLimit), "set the memory"));
  return Done(virDomainSetMemoryFlags(domain.get(), kib, kConfig), "set the memory");
}

}  // namespace

Result<sdk::TaskRef> LibvirtProvider::Reconfigure(const Context& ctx,
                                                  const sdk::ReconfigureRequest& request) {
  const sdk::VmClassSpec& wanted = request.desired.vm_class;
  if (wanted.cpus <= 0 || wanted.memory_mib <= 0)
    return Error{ErrorKind::kInvalidSpec, "desired.vm_class needs cpus and memory_mib", {}};
  VR_ASSIGN_OR_RETURN(const auto view, inventory_.View(ctx, request.id));
  VR_RETURN_IF_ERROR(CheckOwner(view, request.id, request.desired.owner_uid));
  const Status changed = connection_.Call(
      ctx, [&](virConnectPtr connect) { return Resize(connect, request.id, wanted); });
  monitor_->Touch(request.id);
  if (!changed) return changed.error().Wrap("VM " + view->name);
  return sdk::TaskRef{};
}

}  // namespace vr::libvirt
