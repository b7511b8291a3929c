#include "controllers/virtual_machine/plan.h"

#include "api/constants.h"
#include "base/text.h"

namespace vr::controllers {
namespace {

// Names all that is missing at once.
Action WaitForDependencies(const VmObserved& observed) {
  std::vector<std::string> missing = observed.missing_provider;
  missing.insert(missing.end(), observed.missing_parts.begin(), observed.missing_parts.end());
  return {ActionKind::kWait, api::kReasonWaitingForDependencies, Joined(missing, "; ")};
}

// What has to change elsewhere before the provider can do anything; kNothing if nothing.
Action Blocked(const VmObserved& observed) {
  if (!observed.missing_provider.empty()) return WaitForDependencies(observed);
  if (!observed.unreachable.empty())
    return {ActionKind::kWait, api::kReasonProviderUnavailable, observed.unreachable};
  return {};
}

Action PlanDeletion(const VmDesired& desired, const VmObserved& observed) {
  if (!desired.has_finalizer) return {};
  if (desired.force_delete) {
    return {ActionKind::kRelease, api::kReasonForceDeleted,
            "deleted by force: the VM may still exist on the hypervisor"};
  }
  if (desired.retain)
    return {ActionKind::kRelease, api::kReasonRetained, "the VM stays on the hypervisor"};
  if (Action blocked = Blocked(observed); blocked.kind != ActionKind::kNothing) {
    blocked.message += std::string("; to let go of the VM without deleting it, annotate with ") +
                       api::kForceDeleteAnnotation + "=true";
    return blocked;
  }
  if (observed.task == PendingTask::kRunning)
    return {ActionKind::kAwaitTask, api::kReasonDeleting, observed.task_message};
  if (observed.delete_done && observed.presence == Presence::kAbsent)
    return {ActionKind::kRelease, api::kReasonDeleted, "the VM is gone from the hypervisor"};
  return {ActionKind::kDelete, api::kReasonDeleting, "deleting the VM"};
}

Action PlanCreation(const VmDesired& desired, const VmObserved& observed, const char* message) {
  if (!observed.missing_parts.empty()) return WaitForDependencies(observed);
  if (!desired.has_finalizer) return {ActionKind::kProtect, api::kReasonCreating, ""};
  return {ActionKind::kCreate, api::kReasonCreating, message};
}

Action PlanAbsent(const VmDesired& desired, const VmObserved& observed) {
  if (observed.was_made && !desired.recreate_missing) {
    return {ActionKind::kReportMissing, api::kReasonExternallyDeleted,
            "the VM vanished from the hypervisor; spec.onMissing: Recreate makes a new one"};
  }
  return PlanCreation(desired, observed, "creating the VM");
}

bool IsOff(rpc::PowerState power) { return power == rpc::PowerState::kOff; }

// The power action that is due, if any.
Action PlanPower(const VmDesired& desired, const VmObserved& observed) {
  if (observed.power == rpc::PowerState::kUnknown) return {};
  if (desired.power == PowerTarget::kOn) {
    if (observed.power == rpc::PowerState::kOn) return {};
    return {ActionKind::kPowerOn, api::kReasonPoweringOn, "powering on"};
  }
  if (IsOff(observed.power)) return {};
  if (desired.power == PowerTarget::kOffGraceful)
    return {ActionKind::kShutDown, api::kReasonPoweringOff, "shutting the guest down"};
  return {ActionKind::kPowerOff, api::kReasonPoweringOff, "powering off"};
}

Action PlanPresent(const VmDesired& desired, const VmObserved& observed) {
  if (!desired.has_finalizer) return {ActionKind::kProtect, api::kReasonCreating, ""};
  const bool differs = !Differences(desired, observed).empty();
  const Action power = PlanPower(desired, observed);
  // A VM that is off is changed before it starts, one that goes off anyway is changed after.
  if (differs && IsOff(observed.power) && observed.reconfigure != ReconfigureWhen::kNever)
    return {ActionKind::kReconfigure, api::kReasonReconfigureStarted, "changing CPU and memory"};
  if (power.kind != ActionKind::kNothing) return power;
  if (!observed.missing_parts.empty()) return WaitForDependencies(observed);
  if (differs && observed.reconfigure == ReconfigureWhen::kOnline)
    return {ActionKind::kReconfigure, api::kReasonReconfigureStarted, "changing CPU and memory"};
  return {};
}

}  // namespace

std::string ToString(ActionKind kind) {
  switch (kind) {
    case ActionKind::kNothing:
      return "Nothing";
    case ActionKind::kWait:
      return "Wait";
    case ActionKind::kProtect:
      return "Protect";
    case ActionKind::kCreate:
      return "Create";
    case ActionKind::kAwaitTask:
      return "AwaitTask";
    case ActionKind::kPowerOn:
      return "PowerOn";
    case ActionKind::kPowerOff:
      return "PowerOff";
    case ActionKind::kShutDown:
      return "ShutDown";
    case ActionKind::kReconfigure:
      return "Reconfigure";
    case ActionKind::kReportMissing:
      return "ReportMissing";
    case ActionKind::kDelete:
      return "Delete";
    case ActionKind::kRelease:
      return "Release";
  }
  return "Unknown";
}

std::string Compared(const VmDesired& desired, const VmObserved& observed) {
  const bool cpu = desired.cpus > 0 && observed.cpus > 0;
  const bool memory = desired.memory_mib > 0 && observed.memory_mib > 0;
  return std::string(cpu ? "cpu" : "") + (cpu && memory ? ", " : "") + (memory ? "memory" : "");
}

std::vector<std::string> Differences(const VmDesired& desired, const VmObserved& observed) {
  std::vector<std::string> out;
  if (observed.presence != Presence::kPresent) return out;
  if (desired.cpus > 0 && observed.cpus > 0 && desired.cpus != observed.cpus) {
    out.push_back("cpu is " + std::to_string(observed.cpus) + ", wanted " +
                  std::to_string(desired.cpus));
  }
  if (desired.memory_mib > 0 && observed.memory_mib > 0 &&
      desired.memory_mib != observed.memory_mib) {
    out.push_back("memory is " + std::to_string(observed.memory_mib) + " MiB, wanted " +
                  std::to_string(desired.memory_mib) + " MiB");
  }
  return out;
}

Action Plan(const VmDesired& desired, const VmObserved& observed) {
  if (desired.deleting) return PlanDeletion(desired, observed);
  if (desired.paused)
    return {ActionKind::kWait, api::kReasonPaused,
            std::string("the annotation ") + api::kPausedAnnotation + " keeps us from acting"};
  if (!desired.findings.empty())
    return {ActionKind::kWait, api::kReasonValidationError, Joined(desired.findings, "; ")};
  if (Action blocked = Blocked(observed); blocked.kind != ActionKind::kNothing) return blocked;
  if (observed.task == PendingTask::kRunning)
    return {ActionKind::kAwaitTask, api::kReasonTaskInProgress, observed.task_message};
  switch (observed.presence) {
    case Presence::kAbsent:
      return PlanAbsent(desired, observed);
    case Presence::kHalfMade:
      return PlanCreation(desired, observed, "completing the VM");
    case Presence::kPresent:
      return PlanPresent(desired, observed);
  }
  return {};
}

}  // namespace vr::controllers
