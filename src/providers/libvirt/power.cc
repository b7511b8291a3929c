// LibvirtProvider::Power.
#include <utility>

#include "providers/libvirt/error_map.h"
#include "providers/libvirt/monitor.h"
#include "providers/libvirt/provider.h"

namespace vr::libvirt {
namespace {

constexpr auto kShutdownPoll = std::chrono::milliseconds(500);

Result<int> StateOf(virDomainPtr domain) {
  int state = 0;
  int reason = 0;
  if (virDomainGetState(domain, &state, &reason, 0) != 0) return LastError("ask for power state");
  return state;
}

bool IsOff(int state) { return state == VIR_DOMAIN_SHUTOFF || state == VIR_DOMAIN_CRASHED; }
bool IsSuspended(int state) {
  return state == VIR_DOMAIN_PAUSED || state == VIR_DOMAIN_PMSUSPENDED;
}

Status Done(int result, const char* what) {
  return result == 0 ? Status() : Status(LastError(what));
}

Status Wake(virDomainPtr domain, int state) {
  if (state == VIR_DOMAIN_PMSUSPENDED) return Done(virDomainPMWakeup(domain, 0), "wake up");
  return Done(virDomainResume(domain), "resume");
}

Status MustRun(int state, const char* what) {
  if (!IsOff(state)) return {};
  return Error{ErrorKind::kConflict, std::string(what) + ": the VM is switched off", {}};
}

// Everything but the graceful shutdown. Asking for the state that it is in succeeds.
Status Apply(virDomainPtr domain, int state, sdk::PowerOp op) {
  switch (op) {
    case sdk::PowerOp::kOn:
      if (IsSuspended(state)) return Wake(domain, state);
      return IsOff(state) ? Done(virDomainCreate(domain), "start") : Status();
    case sdk::PowerOp::kOff:
    case sdk::PowerOp::kShutdownGraceful:
      return IsOff(state) ? Status() : Done(virDomainDestroy(domain), "switch off");
    case sdk::PowerOp::kReboot:
      VR_RETURN_IF_ERROR(MustRun(state, "reboot"));
      return Done(virDomainReboot(domain, 0), "reboot");
    case sdk::PowerOp::kReset:
      VR_RETURN_IF_ERROR(MustRun(state, "reset"));
      return Done(virDomainReset(domain, 0), "reset");
    case sdk::PowerOp::kSuspend:
      VR_RETURN_IF_ERROR(MustRun(state, "suspend"));
      return IsSuspended(state) ? Status() : Done(virDomainSuspend(domain), "suspend");
    case sdk::PowerOp::kResume:
      VR_RETURN_IF_ERROR(MustRun(state, "resume"));
      return IsSuspended(state) ? Wake(domain, state) : Status();
  }
  return Error{ErrorKind::kInvalidSpec, "unknown power operation", {}};
}

Result<int> StateOfId(virConnectPtr connect, const std::string& id) {
  VR_ASSIGN_OR_RETURN(const DomainHandle domain, LookUpDomain(connect, id));
  return StateOf(domain.get());
}

Status ApplyTo(virConnectPtr connect, const std::string& id, sdk::PowerOp op) {
  VR_ASSIGN_OR_RETURN(const DomainHandle domain, LookUpDomain(connect, id));
  VR_ASSIGN_OR_RETURN(const int state, StateOf(domain.get()));
  return Apply(domain.get(), state, op);
}

Status PressButton(virConnectPtr connect, const std::string& id, int state) {
  VR_ASSIGN_OR_RETURN(const DomainHandle domain, LookUpDomain(connect, id));
  if (IsSuspended(state)) VR_RETURN_IF_ERROR(Wake(domain.get(), state));
  virDomainShutdownFlags(domain.get(), VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN);
  return {};  // a guest that cannot be asked is switched off in the end
}

// Asks the guest, waits for it, and pulls the plug when its time is over. A guest that has only
// just begun to boot does not see the first button press: it is pressed again every ten seconds.
Status ShutDown(Connection& connection, const Context& ctx, const std::string& id,
                Duration patience) {
  constexpr int kPressAgainAfter = 20;  // polls
  const TimePoint end = ctx.clock().Now() + patience;
  for (int poll = 0; ctx.clock().Now() < end; ++poll) {
    VR_ASSIGN_OR_RETURN(const int state, connection.Call(ctx, [&](virConnectPtr connect) {
      return StateOfId(connect, id);
    }));
    if (IsOff(state)) return {};
    if (poll % kPressAgainAfter == 0) {
      VR_RETURN_IF_ERROR(connection.Call(
          ctx, [&](virConnectPtr connect) { return PressButton(connect, id, state); }));
    }
    VR_RETURN_IF_ERROR(ctx.Sleep(kShutdownPoll));
  }
  return connection.Call(
      ctx, [&](virConnectPtr connect) { return ApplyTo(connect, id, sdk::PowerOp::kOff); });
}

}  // namespace

Status LibvirtProvider::CheckOwner(const std::optional<DomainView>& view, const std::string& id,
                                   const std::string& owner_uid) {
  if (!view) return Error{ErrorKind::kNotFound, "there is no VM " + id, {}};
  if (!owner_uid.empty() && view->owner.uid != owner_uid) {
    return Error{ErrorKind::kConflict,
                 "VM " + view->name + " belongs to another owner (" + view->owner.uid + ")",
                 {}};
  }
  if (view->owner.creating)
    return Error{ErrorKind::kRetryable, "VM " + view->name + " is not completely made yet", {}};
  return {};
}

// Starting and stopping a process takes a moment at most and is done here; what waits for the
// guest is a task.
Result<sdk::TaskRef> LibvirtProvider::Power(const Context& ctx, const sdk::PowerRequest& request) {
  VR_ASSIGN_OR_RETURN(const auto view, inventory_.View(ctx, request.id));
  VR_RETURN_IF_ERROR(CheckOwner(view, request.id, request.owner_uid));
  if (request.op == sdk::PowerOp::kShutdownGraceful) {
    return deps_.tasks.Start(
        request.id, request.idempotency_key,
        [this, id = request.id, patience = request.graceful_timeout](
            const Context& task_ctx, sdk::TaskProgress& progress) -> Result<std::string> {
          progress.Report(-1, "waiting for the guest to shut down");
          VR_RETURN_IF_ERROR(ShutDown(connection_, task_ctx, id, patience));
          monitor_->Touch(id);
          return id;
        },
        sdk::TaskLength::kLong);
  }
  const Status applied = connection_.Call(
      ctx, [&](virConnectPtr connect) { return ApplyTo(connect, request.id, request.op); });
  monitor_->Touch(request.id);
  if (!applied) return applied.error().Wrap("VM " + view->name);
  return sdk::TaskRef{};
}

}  // namespace vr::libvirt
