#include "controllers/virtual_machine/observer.h"

#include "api/constants.h"
#include "base/log.h"

namespace vr::controllers {
namespace {

bool IsTrue(const std::map<std::string, std::string>& map, const char* key) {
  const auto it = map.find(key);
  return it != map.end() && it->second == "true";
}

// "virtrigaud.io/force-sync", and the short form that the documentation uses as well.
bool ForcesSync(const kube::ObjectMeta& meta) {
  return meta.annotations.contains(api::kForceSyncAnnotation) ||
         meta.annotations.contains("force-sync");
}

// A task may still be making it; one whose power was seen is there, whatever its task does.
bool WasMade(const api::VirtualMachineStatus& status) {
  return !status.id.empty() && (status.last_task_ref.empty() || !status.power_state.empty());
}

// Why the provider cannot be asked; empty: it can.
std::string Unreachable(const kube::Key& key, const ProviderSession* session) {
  const std::string name = "Provider " + key.ToString();
  if (session == nullptr) return name + " is not running";
  const SessionHealth health = session->health();
  if (!health.known) return name + " is being connected";
  return health.healthy ? "" : name + ": " + health.message;
}

std::string Progress(const rpc::TaskState& state) {
  if (state.progress_percent < 0) return state.message;
  return state.message + (state.message.empty() ? "" : " ") + "(" +
         std::to_string(state.progress_percent) + " %)";
}

// The end of the task in `ref`, if it has ended. A creation that failed made nothing: its id goes
// too, so that the next pass begins anew.
Status TaskEnded(VmPass& pass, std::string& ref, const std::optional<Error>& error) {
  const bool reconfigure = &ref == &pass.after.status.reconfigure_task_ref;
  ref.clear();
  if (!error) {
    if (pass.desired.deleting) pass.observed.delete_done = pass.before->status.phase == "Deleting";
    return {};
  }
  if (!reconfigure && pass.after.status.power_state.empty()) pass.after.status.id.clear();
  Error failed = *error;
  // It was the task that was stopped or held back, not this pass.
  if (failed.kind == ErrorKind::kCancelled || failed.kind == ErrorKind::kRateLimit)
    failed.kind = ErrorKind::kRetryable;
  return failed;
}

Status ObserveTask(const Context& ctx, VmPass& pass) {
  api::VirtualMachineStatus& status = pass.after.status;
  std::string& ref =
      status.last_task_ref.empty() ? status.reconfigure_task_ref : status.last_task_ref;
  if (ref.empty()) return {};
  if (pass.desired.deleting && pass.before->status.phase != "Deleting") {
    // It works on a VM that shall go. The provider runs one task per VM, so the deletion waits for
    // its end anyway.
    const Status cancelled = pass.session->client().CancelTask(ctx, ref);
    if (!cancelled)
      LogInfo(ctx, "Task not cancelled", {{"task", ref}, {"reason", cancelled.error().message}});
    ref.clear();
    return {};
  }
  const std::optional<rpc::TaskState> told = pass.session->TaskUpdate(ref);
  const Result<rpc::TaskState> state =
      told ? Result<rpc::TaskState>(*told) : pass.session->client().TaskStatus(ctx, ref);
  if (!state && state.error().kind != ErrorKind::kNotFound) return state.error();
  // A provider that has forgotten the task cannot say how it ended: the VM itself tells.
  if (!state) {
    if (!pass.desired.deleting && status.power_state.empty()) status.id.clear();
    ref.clear();
    return {};
  }
  if (state->done) return TaskEnded(pass, ref, state->error);
  pass.observed.task = PendingTask::kRunning;
  pass.observed.task_message = Progress(*state);
  return {};
}

Status Take(VmPass& pass, const rpc::VmState& vm) {
  const std::string& uid = pass.before->meta.uid;
  if (!vm.owner_uid.empty() && vm.owner_uid != uid) {
    return Error{ErrorKind::kConflict,
                 "VM " + vm.id + " (" + vm.name +
                     ") on the hypervisor belongs to another object (" + vm.owner_uid + ")",
                 {}};
  }
  if (IsTrue(vm.raw, "creating")) {
    pass.observed.presence = Presence::kHalfMade;
    return {};
  }
  pass.observed.presence = Presence::kPresent;
  pass.observed.was_made = true;
  pass.observed.power = vm.power;
  pass.observed.cpus = vm.cpus;
  pass.observed.memory_mib = vm.memory_mib;
  pass.vm = vm;
  pass.after.status.id = vm.id;
  return {};
}

// By the UID, where no id is known.
Status FindOwned(const Context& ctx, VmPass& pass) {
  if (pass.session->observed().fresh()) return {};
  VR_ASSIGN_OR_RETURN(const std::vector<rpc::VmState> all, pass.session->client().ListVms(ctx));
  for (const rpc::VmState& vm : all) {
    if (vm.owner_uid == pass.before->meta.uid) return Take(pass, vm);
  }
  return {};
}

}  // namespace

VmDesired DesiredOf(const api::VirtualMachine& vm) {
  const auto& annotations = vm.meta.annotations;
  const bool adopted = IsTrue(vm.meta.labels, api::kAdoptedLabel);
  VmDesired out;
  out.deleting = vm.meta.deleting();
  out.paused = IsTrue(annotations, api::kPausedAnnotation);
  out.force_delete = IsTrue(annotations, api::kForceDeleteAnnotation);
  out.retain = vm.spec.deletion_policy == "Retain" || (vm.spec.deletion_policy.empty() && adopted);
  out.recreate_missing = vm.spec.on_missing == "Recreate";
  out.has_finalizer = vm.meta.HasFinalizer(api::kVmFinalizer);
  out.power = vm.spec.power_state == "Off"           ? PowerTarget::kOff
              : vm.spec.power_state == "OffGraceful" ? PowerTarget::kOffGraceful
                                                     : PowerTarget::kOn;
  out.findings = vm.findings;
  return out;
}

Status ObserveVm(const Context& ctx, VmPass& pass) {
  const std::string& id = pass.after.status.id;
  pass.observed.presence = Presence::kAbsent;
  pass.observed.was_made = !id.empty();
  pass.vm.reset();
  const rpc::ObservedStore& stream = pass.session->observed();
  const bool ask = pass.desired.deleting || ForcesSync(pass.before->meta);
  if (stream.fresh() && !ask) {
    if (const auto vm = stream.ByOwner(pass.before->meta.uid)) return Take(pass, *vm);
  }
  if (id.empty()) return FindOwned(ctx, pass);
  // Not in the stream: it may be too new for it, or gone. The provider itself knows.
  VR_ASSIGN_OR_RETURN(const rpc::DescribeResult found, pass.session->client().Describe(ctx, id));
  return found.exists ? Take(pass, found.vm) : Status();
}

Status Observe(const Context& ctx, const DependencyStores& stores, const ProviderPool& pool,
               VmPass& pass) {
  const api::VirtualMachine& vm = *pass.before;
  pass.desired = DesiredOf(vm);
  pass.observed.was_made = WasMade(vm.status);
  if (!pass.desired.findings.empty() && !pass.desired.deleting) return {};
  const Need need = pass.desired.deleting    ? Need::kProvider
                    : pass.observed.was_made ? Need::kClass
                                             : Need::kAll;
  pass.dependencies = LookUp(stores, vm, need, pass.observed);
  if (pass.dependencies.vm_class && !pass.desired.deleting) {
    const api::Resources wanted = EffectiveResources(vm, *pass.dependencies.vm_class);
    pass.desired.cpus = wanted.cpu;
    pass.desired.memory_mib = wanted.memory_mib;
  }
  if (!pass.observed.missing_provider.empty()) return {};
  if (need == Need::kAll && !pass.observed.missing_parts.empty()) return {};
  const kube::Key provider = pass.dependencies.provider->meta.key();
  pass.session = pool.Find(provider);
  pass.observed.unreachable = Unreachable(provider, pass.session.get());
  pass.connecting = !pass.session || !pass.session->health().known;
  if (!pass.observed.unreachable.empty()) return {};
  const auto capabilities = pass.session->capabilities();
  if (capabilities && capabilities->reconfigure_online)
    pass.observed.reconfigure = ReconfigureWhen::kOnline;
  VR_RETURN_IF_ERROR(ObserveTask(ctx, pass));
  if (pass.observed.task == PendingTask::kRunning) return {};
  VR_RETURN_IF_ERROR(ObserveVm(ctx, pass));
  const bool to_be_made = pass.observed.presence != Presence::kPresent && !pass.desired.deleting;
  if (to_be_made && need != Need::kAll)
    pass.dependencies = LookUp(stores, vm, Need::kAll, pass.observed);
  return {};
}

}  // namespace vr::controllers
