#include "controllers/virtual_machine/report.h"

#include "api/constants.h"
#include "base/text.h"
#include "controllers/virtual_machine/field_support.h"

namespace vr::controllers {
namespace {

// Writes conditions of one pass.
class Conditions {
 public:
  Conditions(VmPass& pass, WallTime now) : pass_(pass), now_(now) {}

  void Set(const char* type, const char* status, const char* reason, const std::string& message) {
    kube::SetCondition(pass_.after.status.conditions,
                       {.type = type,
                        .status = status,
                        .reason = reason,
                        .message = message,
                        .observed_generation = pass_.after.meta.generation},
                       now_);
  }
  // For conditions that are worth showing only once they were true.
  void ClearIfSet(const char* type, const char* reason) {
    if (kube::FindCondition(pass_.after.status.conditions, type) != nullptr)
      Set(type, "False", reason, "");
  }
  void SetTrueIfSet(const char* type, const char* reason) {
    if (kube::FindCondition(pass_.after.status.conditions, type) != nullptr)
      Set(type, "True", reason, "");
  }

 private:
  VmPass& pass_;
  const WallTime now_;
};

std::string PowerText(rpc::PowerState power, const std::string& previous) {
  switch (power) {
    case rpc::PowerState::kOn:
    case rpc::PowerState::kSuspended:  // the served enum has no word for it; the message says so
      return "On";
    case rpc::PowerState::kOff:
      return "Off";
    case rpc::PowerState::kUnknown:
      return previous;
  }
  return previous;
}

void CopyObserved(const rpc::VmState& vm, api::VirtualMachineStatus& status) {
  status.id = vm.id;
  status.power_state = PowerText(vm.power, status.power_state);
  status.ips = vm.ips;
  status.console_url = vm.console_url;
  status.host = vm.host;
  status.guest_os = vm.guest_os;
  status.provider = vm.raw;
  status.current_resources = {.cpu = vm.cpus, .memory_mib = vm.memory_mib};
}

bool IsPowerAction(ActionKind kind) {
  return kind == ActionKind::kPowerOn || kind == ActionKind::kPowerOff ||
         kind == ActionKind::kShutDown;
}

bool Exists(const VmPass& pass) { return pass.observed.presence == Presence::kPresent; }

std::string PhaseOf(const VmPass& pass, const Status& outcome) {
  if (pass.desired.deleting) return "Deleting";
  const api::VirtualMachineStatus& status = pass.after.status;
  switch (pass.action.kind) {
    case ActionKind::kWait:
      if (Exists(pass)) break;
      return pass.observed.was_made && !status.phase.empty() ? status.phase : "Pending";
    case ActionKind::kReportMissing:
      return "Failed";
    case ActionKind::kReconfigure:
      return "Reconfiguring";
    case ActionKind::kAwaitTask:
      if (!status.reconfigure_task_ref.empty()) return "Reconfiguring";
      return status.power_state.empty() ? "Provisioning" : status.phase;
    default:
      break;
  }
  if (Exists(pass) && pass.vm && pass.vm->power != rpc::PowerState::kUnknown)
    return pass.vm->power == rpc::PowerState::kOff ? "Stopped" : "Running";
  if (!outcome && !outcome.error().retryable()) return "Failed";
  return status.phase == "Running" || status.phase == "Stopped" ? status.phase : "Provisioning";
}

void ReportError(VmPass& pass, const Error& error, Conditions& conditions) {
  const bool making = !Exists(pass) && !pass.desired.deleting && !pass.observed.was_made &&
                      pass.before->status.power_state.empty();
  const char* reason = pass.desired.deleting ? api::kReasonDeleteFailed : ReasonFor(error.kind);
  conditions.Set(api::kReady, "False", reason, error.message);
  if (making && pass.observed.missing_provider.empty() && pass.observed.missing_parts.empty())
    conditions.Set(api::kProvisioning, "False", api::kReasonCreateFailed, error.message);
  pass.after.status.message = error.message;
}

void ReportDifferences(VmPass& pass, Conditions& conditions) {
  const std::string differences = Joined(Differences(pass.desired, pass.observed), "; ");
  if (differences.empty()) {
    const std::string compared = Compared(pass.desired, pass.observed);
    conditions.Set(api::kInSync, "True", api::kReasonInSync,
                   compared.empty() ? "nothing compared: cpu and memory are not known"
                                    : "as wanted: " + compared + "; nothing else is compared");
    conditions.ClearIfSet(api::kReconfigurePendingPowerCycle, api::kReasonInSync);
    return;
  }
  conditions.Set(api::kInSync, "False", api::kReasonDrifted, differences);
  const bool on = pass.observed.power != rpc::PowerState::kOff;
  if (pass.observed.reconfigure == ReconfigureWhen::kOff && on) {
    conditions.Set(api::kReconfigurePendingPowerCycle, "True", api::kReasonReconfigurePowerCycle,
                   differences + ": applied when the VM is switched off and on again");
  } else {
    conditions.ClearIfSet(api::kReconfigurePendingPowerCycle, api::kReasonInSync);
  }
}

void ReportReady(VmPass& pass, Conditions& conditions) {
  const Action& action = pass.action;
  std::string& message = pass.after.status.message;
  message = action.message;
  switch (action.kind) {
    case ActionKind::kNothing:
      message = pass.observed.power == rpc::PowerState::kSuspended ? "suspended" : "";
      conditions.Set(api::kReady, "True", api::kReasonVmReady, "the VM is as declared");
      conditions.ClearIfSet(api::kProvisioning, api::kReasonCreated);
      break;
    case ActionKind::kProtect:
      break;
    case ActionKind::kCreate:
    case ActionKind::kAwaitTask:
      conditions.Set(api::kReady, "False", action.reason.c_str(), action.message);
      if (!pass.desired.deleting && pass.after.status.power_state.empty())
        conditions.Set(api::kProvisioning, "True", api::kReasonCreating, action.message);
      break;
    case ActionKind::kReportMissing:
      pass.after.status.ips.clear();
      pass.after.status.console_url.clear();
      pass.after.status.power_state.clear();
      conditions.Set(api::kReady, "False", action.reason.c_str(), action.message);
      break;
    case ActionKind::kWait:
      if (action.reason == api::kReasonPaused) break;
      conditions.Set(api::kReady,
                     pass.observed.was_made && action.reason != api::kReasonValidationError
                         ? "Unknown"
                         : "False",
                     action.reason.c_str(), action.message);
      break;
    default:
      conditions.Set(api::kReady, "False", action.reason.c_str(), action.message);
      break;
  }
  if (IsPowerAction(action.kind) || action.kind == ActionKind::kReconfigure)
    conditions.ClearIfSet(api::kProvisioning, api::kReasonCreated);
}

void ReportReconfiguring(VmPass& pass, Conditions& conditions) {
  if (!pass.after.status.reconfigure_task_ref.empty() ||
      pass.action.kind == ActionKind::kReconfigure) {
    conditions.Set(api::kReconfiguring, "True", api::kReasonReconfigureStarted,
                   pass.action.message);
  } else {
    conditions.ClearIfSet(api::kReconfiguring, api::kReasonReconfigured);
  }
}

}  // namespace

const char* ReasonFor(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kNotFound:
      return api::kReasonNotFound;
    case ErrorKind::kInvalidSpec:
      return api::kReasonValidationError;
    case ErrorKind::kUnauthorized:
      return api::kReasonAuthenticationFailed;
    case ErrorKind::kNotSupported:
      return api::kReasonUnsupported;
    case ErrorKind::kRetryable:
      return api::kReasonProviderError;
    case ErrorKind::kUnavailable:
      return api::kReasonProviderUnavailable;
    case ErrorKind::kRateLimit:
      return api::kReasonRateLimited;
    case ErrorKind::kTimeout:
      return api::kReasonTimeout;
    case ErrorKind::kQuotaExceeded:
      return api::kReasonQuotaExceeded;
    case ErrorKind::kConflict:
      return api::kReasonConflict;
    case ErrorKind::kStale:
    case ErrorKind::kCancelled:
    case ErrorKind::kInternal:
      return api::kReasonInternalError;
  }
  return api::kReasonInternalError;
}

void Report(VmPass& pass, const Status& outcome, WallTime now) {
  Conditions conditions(pass, now);
  api::VirtualMachineStatus& status = pass.after.status;
  if (pass.vm) CopyObserved(*pass.vm, status);
  status.phase = PhaseOf(pass, outcome);
  status.observed_generation = pass.after.meta.generation;
  if (outcome) {
    ReportReady(pass, conditions);
  } else {
    ReportError(pass, outcome.error(), conditions);
  }
  if (Exists(pass)) ReportDifferences(pass, conditions);
  ReportReconfiguring(pass, conditions);
  const auto without_effect = FieldsWithoutEffect(*pass.before, pass.dependencies);
  if (!without_effect.empty()) {
    conditions.Set(api::kFieldsSupported, "False", api::kReasonFieldsNotSupported,
                   "these fields have no effect here: " + Joined(without_effect, ", "));
  } else {
    conditions.SetTrueIfSet(api::kFieldsSupported, api::kReasonAllSupported);
  }
}

}  // namespace vr::controllers
