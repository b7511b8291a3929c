// Plan: what a VirtualMachine needs next. A pure function of what is wanted and what is there: no
// network, clock or Kubernetes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rpc/messages.h"

namespace vr::controllers {

enum class PowerTarget { kOn, kOff, kOffGraceful };

// What the user wants, from the object alone.
struct VmDesired {
  bool deleting = false;
  bool paused = false;            // hands off
  bool force_delete = false;      // let go without asking the provider
  bool retain = false;            // deleting the object leaves the VM
  bool recreate_missing = false;  // a VM that vanished is made again
  bool has_finalizer = false;
  PowerTarget power = PowerTarget::kOn;
  std::vector<std::string> findings = {};  // what is wrong with the spec: nobody acts on it
  int32_t cpus = 0;                        // 0: not known, nothing to compare
  int64_t memory_mib = 0;                  // 0: not known
};

enum class Presence {
  kAbsent,    // the hypervisor was asked and does not have it
  kHalfMade,  // an interrupted creation left parts; Create completes them
  kPresent,
};

enum class PendingTask { kNone, kRunning };

// When the provider can change CPU and memory of a VM.
enum class ReconfigureWhen { kNever, kOff, kOnline };

// What is there. Filled only as far as it was looked at: without a Provider nobody is asked.
struct VmObserved {
  // Dependencies that are not there, each with its remedy: without the first nobody can act on the
  // VM, without the second ones it is neither made nor changed, but switched on and off.
  std::vector<std::string> missing_provider;
  std::vector<std::string> missing_parts;
  std::string unreachable;  // why the provider cannot be asked; empty: it can
  PendingTask task = PendingTask::kNone;
  std::string task_message;  // what it does right now
  Presence presence = Presence::kAbsent;
  bool was_made = false;     // it existed completely once (status.id)
  bool delete_done = false;  // the provider has confirmed the deletion in this pass
  rpc::PowerState power = rpc::PowerState::kUnknown;
  int32_t cpus = 0;
  int64_t memory_mib = 0;
  ReconfigureWhen reconfigure = ReconfigureWhen::kOff;
};

enum class ActionKind {
  kNothing,      // as wanted
  kWait,         // something else has to change first
  kProtect,      // add the finalizer: from now on a VM may exist
  kCreate,       // also completes a half-made one
  kAwaitTask,    // look again when the provider's task has moved
  kPowerOn,      // also wakes a suspended one
  kPowerOff,     // pull the plug
  kShutDown,     // ask the guest, with a time limit
  kReconfigure,  // change CPU and memory
  kReportMissing,
  kDelete,
  kRelease,  // remove the finalizer
};

struct Action {
  ActionKind kind = ActionKind::kNothing;
  std::string reason;   // a constant of api/constants.h
  std::string message;  // for people: why
  friend bool operator==(const Action&, const Action&) = default;
};

std::string ToString(ActionKind kind);

Action Plan(const VmDesired& desired, const VmObserved& observed);

// What of the VM is compared with what is wanted: "cpu, memory"; empty where one side is not known.
std::string Compared(const VmDesired& desired, const VmObserved& observed);

// How the VM differs from what is wanted, for people: "cpu is 2, wanted 4"; empty: it does not.
std::vector<std::string> Differences(const VmDesired& desired, const VmObserved& observed);

}  // namespace vr::controllers
