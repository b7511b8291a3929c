#include "controllers/virtual_machine/reconciler.h"

#include <nlohmann/json.hpp>

#include "api/constants.h"
#include "base/log.h"
#include "controllers/virtual_machine/guest_data.h"
#include "controllers/virtual_machine/observer.h"
#include "controllers/virtual_machine/report.h"
#include "kube/meta_json.h"
#include "kube/patch.h"
#include "obs/catalog.h"

namespace vr::controllers {
namespace {

using runtime::Outcome;
using Traits = kube::ResourceTraits<api::VirtualMachine>;

constexpr auto kResync = std::chrono::minutes(10);   // the safety net under events
constexpr auto kPoll = std::chrono::seconds(30);     // of a provider that streams no changes
constexpr auto kTaskPoll = std::chrono::seconds(2);  // progress; the end of a task is an event
constexpr auto kMendPoll = std::chrono::minutes(1);
constexpr auto kNoSlot = std::chrono::milliseconds(100);
constexpr auto kSoon = std::chrono::milliseconds(500);

// Errors that say nothing about the VM: try again, and show nothing. kRateLimit is a bound of our
// own; what a provider has no room for is kQuotaExceeded (rpc/error_mapping.h).
bool IsPassing(ErrorKind kind) {
  return kind == ErrorKind::kCancelled || kind == ErrorKind::kRateLimit;
}

// Errors that no change of this object cures, and that we hear nothing of when they are cured.
bool MayHeal(ErrorKind kind) {
  return kind == ErrorKind::kNotFound || kind == ErrorKind::kConflict ||
         kind == ErrorKind::kUnauthorized;
}

// The same attempt has the same key: a status that has not moved on since. Every task that was
// started is written into the status, so a new attempt has a new one.
std::string AttemptKey(const VmPass& pass, const char* operation) {
  return std::string(operation) + "/" + pass.before->meta.uid + "/" +
         pass.before->meta.resource_version;
}

bool StartsATask(ActionKind kind) {
  return kind == ActionKind::kCreate || kind == ActionKind::kPowerOn ||
         kind == ActionKind::kPowerOff || kind == ActionKind::kShutDown ||
         kind == ActionKind::kReconfigure;
}

// The versions of all that an action is made from, and what people say to have it done now.
std::string MadeFrom(const VmPass& pass) {
  const auto generation = [](const auto& object) {
    return "/" + (object ? std::to_string(object->meta.generation) : "-");
  };
  std::string out = std::to_string(pass.before->meta.generation) +
                    generation(pass.dependencies.provider) +
                    generation(pass.dependencies.vm_class) + generation(pass.dependencies.image);
  for (const auto& network : pass.dependencies.networks) out += generation(network);
  for (const char* name : {api::kForceSyncAnnotation, api::kSshPublicKeyAnnotation}) {
    const auto found = pass.before->meta.annotations.find(name);
    out += "/" + (found == pass.before->meta.annotations.end() ? "" : found->second);
  }
  return out;
}

// A task that has ended already is looked at at once; the end of another one is an event.
Outcome AfterTask(const VmPass& pass, const rpc::TaskRef& task) {
  if (task.empty()) return runtime::RequeueAfter(kSoon);
  const auto told = pass.session->TaskUpdate(task.id);
  return runtime::RequeueAfter(told && told->done ? Duration::zero() : Duration(kTaskPoll));
}

// Waits until something changes; looks again from time to time.
Outcome AtRest(const VmPass& pass) {
  const auto capabilities = pass.session ? pass.session->capabilities() : nullptr;
  const bool streams = !capabilities || capabilities->watch;
  if (!streams) return runtime::RequeueAfter(kPoll);
  // Spread, so that what was listed together is not looked at together for ever.
  constexpr size_t kSpreadSeconds = 120;
  const size_t spread = std::hash<std::string>()(pass.before->meta.uid) % kSpreadSeconds;
  return runtime::RequeueAfter(kResync + std::chrono::seconds(spread));
}

}  // namespace

Result<Outcome> VirtualMachineReconciler::Reconcile(const Context& ctx, const kube::Key& key) {
  const auto vm = deps_.vms.Get(key);
  if (!vm || (vm->meta.deleting() && !vm->meta.HasFinalizer(api::kVmFinalizer)))
    return runtime::Done();
  VmPass pass(vm);
  const Status observed = Observe(ctx, deps_.stores, deps_.pool, pass);
  if (observed) pass.action = Plan(pass.desired, pass.observed);
  Measure(pass, observed);
  const std::string made_from = MadeFrom(pass);
  if (observed && (StartsATask(pass.action.kind) || pass.action.kind == ActionKind::kDelete)) {
    const Duration wait = deps_.attempts.Wait(vm->meta.uid, made_from);
    if (wait > Duration::zero()) return runtime::RequeueAfter(wait);
  }
  Result<Outcome> outcome = observed ? Act(ctx, pass) : Result<Outcome>(observed.error());
  // Act may have come further than what was planned at first: a deletion that is done, say.
  if (outcome &&
      (pass.action.kind == ActionKind::kNothing || pass.action.kind == ActionKind::kRelease))
    deps_.attempts.Forget(vm->meta.uid);
  if (pass.finished) return outcome;
  if (pass.connecting && !vm->status.phase.empty()) return runtime::RequeueAfter(kPoll);
  if (!outcome && IsPassing(outcome.error().kind)) {
    // No free call slot is no failure: back to the queue, so that the worker does not wait.
    if (outcome.error().kind != ErrorKind::kRateLimit) return outcome;
    return runtime::RequeueAfter(outcome.error().retry_after.value_or(kNoSlot));
  }
  Report(pass, outcome.status(), deps_.clock.WallNow());
  const Status written = Write(ctx, pass);
  if (!written && written.error().kind == ErrorKind::kStale)
    return LookAgain(deps_.wrote, vm->meta);
  VR_RETURN_IF_ERROR(written);
  AnnounceChanges(pass, outcome.status());
  if (outcome) return outcome;
  deps_.attempts.Failed(vm->meta.uid, made_from);
  deps_.metrics.Increment(obs::kErrors, {ReasonFor(outcome.error().kind), "manager"});
  if (!MayHeal(outcome.error().kind)) return outcome;
  LogWarn(ctx, "VirtualMachine waits for somebody to mend this",
          {{"error", outcome.error().message}});
  return runtime::RequeueAfter(kMendPoll);
}

Status VirtualMachineReconciler::Write(const Context& ctx, VmPass& pass) {
  const auto version = kube::TypedClient<api::VirtualMachine>(deps_.client)
                           .PatchStatus(ctx, *pass.before, pass.after);
  if (!version && version.error().kind == ErrorKind::kNotFound) return {};  // deleted meanwhile
  if (!version) return version.error();
  if (*version != pass.before->meta.resource_version)
    deps_.wrote(pass.before->meta.key(), *version);
  return {};
}

bool VirtualMachineReconciler::HasTooManyTasks(const VmPass& pass) const {
  const std::string provider = pass.dependencies.provider->meta.key().ToString();
  return deps_.vms.CountByIndex(kByBusyProvider, provider) >=
         static_cast<size_t>(deps_.max_inflight_tasks);
}

Result<Outcome> VirtualMachineReconciler::Act(const Context& ctx, VmPass& pass) {
  // A deletion never waits: it makes room.
  if (StartsATask(pass.action.kind) && HasTooManyTasks(pass)) {
    pass.action = {ActionKind::kWait, api::kReasonRateLimited,
                   "waits for its turn: Provider " +
                       pass.dependencies.provider->meta.key().ToString() +
                       " has as many tasks as MAX_INFLIGHT_TASKS allows"};
    return runtime::RequeueAfter(kTaskPoll);
  }
  switch (pass.action.kind) {
    case ActionKind::kNothing:
    case ActionKind::kWait:
    case ActionKind::kReportMissing:
      return AtRest(pass);
    case ActionKind::kAwaitTask:
      return runtime::RequeueAfter(kTaskPoll);
    case ActionKind::kProtect:
    case ActionKind::kRelease:
      return ChangeFinalizer(ctx, pass);
    case ActionKind::kCreate:
      return Create(ctx, pass);
    case ActionKind::kPowerOn:
    case ActionKind::kPowerOff:
    case ActionKind::kShutDown:
      return Power(ctx, pass);
    case ActionKind::kReconfigure:
      return Reconfigure(ctx, pass);
    case ActionKind::kDelete:
      return Delete(ctx, pass);
  }
  return Error{ErrorKind::kInternal, "an action that nobody knows", {}};
}

// The finalizer is there before a VM can be, and goes after it.
Result<Outcome> VirtualMachineReconciler::ChangeFinalizer(const Context& ctx, VmPass& pass) {
  const kube::ObjectMeta& meta = pass.before->meta;
  std::vector<std::string> finalizers = meta.finalizers;
  const bool release = pass.action.kind == ActionKind::kRelease;
  if (release) {
    std::erase(finalizers, api::kVmFinalizer);
  } else {
    finalizers.emplace_back(api::kVmFinalizer);
  }
  const auto written = kube::PatchFinalizers(ctx, deps_.client, Traits::Type(), meta, finalizers);
  if (!written && written.error().kind == ErrorKind::kStale) {
    pass.finished = true;
    return LookAgain(deps_.wrote, meta);
  }
  if (!written && !(release && written.error().kind == ErrorKind::kNotFound))
    return written.error();
  pass.finished = true;
  if (release) {
    Announce(pass);
    return runtime::Done();
  }
  deps_.wrote(meta.key(), kube::ResourceVersionOf(*written));
  return runtime::RequeueAfter(Duration::zero());
}

Result<Outcome> VirtualMachineReconciler::Create(const Context& ctx, VmPass& pass) {
  const Result<GuestData> guest =
      ResolveGuestData(ctx, deps_.client, *pass.before, pass.dependencies.image.get());
  if (!guest && guest.error().kind == ErrorKind::kNotFound) {
    pass.action = {ActionKind::kWait, api::kReasonWaitingForDependencies, guest.error().message};
    return runtime::RequeueAfter(kPoll);  // Secrets are not watched
  }
  if (!guest) return guest.error();
  rpc::CreateRequest request{.vm = {}, .idempotency_key = AttemptKey(pass, "create")};
  VR_ASSIGN_OR_RETURN(request.vm, BuildVmSpec(*pass.before, pass.dependencies, *guest));
  const TimePoint started = deps_.clock.Now();
  const auto created = pass.session->client().Create(ctx, request);
  Count(pass, "Create", created.status(), started);
  if (!created) return created.error();
  pass.after.status.id = created->id;
  pass.after.status.last_task_ref = created->task.id;
  Announce(pass);
  return AfterTask(pass, created->task);
}

Result<Outcome> VirtualMachineReconciler::Power(const Context& ctx, VmPass& pass) {
  const rpc::PowerOp op = pass.action.kind == ActionKind::kPowerOn ? rpc::PowerOp::kOn
                          : pass.action.kind == ActionKind::kPowerOff
                              ? rpc::PowerOp::kOff
                              : rpc::PowerOp::kShutdownGraceful;
  const rpc::PowerRequest request{
      .id = pass.after.status.id,
      .op = op,
      .graceful_timeout = std::chrono::duration_cast<std::chrono::seconds>(
          pass.before->spec.graceful_shutdown_timeout),
      .idempotency_key = AttemptKey(pass, "power"),
      .owner_uid = pass.before->meta.uid};
  const TimePoint started = deps_.clock.Now();
  const auto task = pass.session->client().Power(ctx, request);
  Count(pass, "Power", task.status(), started);
  if (!task) return task.error();
  pass.after.status.last_task_ref = task->id;
  Announce(pass);
  return AfterTask(pass, *task);
}

Result<Outcome> VirtualMachineReconciler::Reconfigure(const Context& ctx, VmPass& pass) {
  rpc::ReconfigureRequest request{.id = pass.after.status.id,
                                  .desired = {},
                                  .idempotency_key = AttemptKey(pass, "reconfigure")};
  VR_ASSIGN_OR_RETURN(request.desired, BuildVmSpec(*pass.before, pass.dependencies, {}));
  const TimePoint started = deps_.clock.Now();
  const auto task = pass.session->client().Reconfigure(ctx, request);
  Count(pass, "Reconfigure", task.status(), started);
  if (task && task->empty())
    deps_.metrics.Increment(obs::kVmReconfigures,
                            {pass.dependencies.provider->spec.type, "success"});
  if (!task && task.error().kind == ErrorKind::kNotSupported) {
    // The difference stays visible (InSync), and must not keep the VM from running.
    pass.observed.reconfigure = ReconfigureWhen::kNever;
    pass.action = Plan(pass.desired, pass.observed);
    return Act(ctx, pass);
  }
  if (!task) return task.error();
  pass.after.status.reconfigure_task_ref = task->id;
  pass.after.status.last_reconfigure_time = deps_.clock.WallNow();
  Announce(pass);
  return AfterTask(pass, *task);
}

Result<Outcome> VirtualMachineReconciler::Delete(const Context& ctx, VmPass& pass) {
  const rpc::DeleteRequest request{.id = pass.after.status.id,
                                   .owner_uid = pass.before->meta.uid,
                                   .idempotency_key = AttemptKey(pass, "delete")};
  const TimePoint started = deps_.clock.Now();
  const auto task = pass.session->client().Delete(ctx, request);
  Count(pass, "Delete", task.status(), started);
  if (!task && task.error().kind != ErrorKind::kNotFound) return task.error();
  Announce(pass);
  if (task && !task->empty()) {
    pass.after.status.last_task_ref = task->id;
    return AfterTask(pass, *task);
  }
  pass.observed.delete_done = true;
  VR_RETURN_IF_ERROR(ObserveVm(ctx, pass));
  const Action next = Plan(pass.desired, pass.observed);
  if (next.kind != ActionKind::kRelease) return runtime::RequeueAfter(kTaskPoll);
  pass.action = next;
  return ChangeFinalizer(ctx, pass);
}

void VirtualMachineReconciler::Announce(const VmPass& pass) {
  const bool warning = pass.action.reason == api::kReasonForceDeleted;
  deps_.events.Record(ReferenceTo(Traits::Type(), pass.before->meta),
                      warning ? kube::EventType::kWarning : kube::EventType::kNormal,
                      pass.action.reason, pass.action.message);
}

// What became true in this pass without an action of ours.
void VirtualMachineReconciler::AnnounceChanges(const VmPass& pass, const Status& outcome) {
  const auto reference = ReferenceTo(Traits::Type(), pass.before->meta);
  const api::VirtualMachineStatus& before = pass.before->status;
  const kube::Condition* was = kube::FindCondition(before.conditions, api::kReady);
  const kube::Condition* now = kube::FindCondition(pass.after.status.conditions, api::kReady);
  if (before.power_state.empty() && pass.vm && !pass.observed.delete_done &&
      !pass.desired.deleting) {
    deps_.events.Record(reference, kube::EventType::kNormal, api::kReasonCreated,
                        "the VM exists as " + pass.vm->name);
  }
  if (pass.connecting) return;
  if (now == nullptr || (was != nullptr && was->reason == now->reason &&
                         was->message == now->message && was->status == now->status))
    return;
  if (!outcome) {
    deps_.events.Record(reference, kube::EventType::kWarning, now->reason, now->message);
  } else if (pass.action.kind == ActionKind::kReportMissing ||
             pass.action.kind == ActionKind::kWait) {
    deps_.events.Record(reference, kube::EventType::kWarning, now->reason, now->message);
  } else if (now->status == "True") {
    deps_.events.Record(reference, kube::EventType::kNormal, now->reason, now->message);
  }
}

void VirtualMachineReconciler::Measure(const VmPass& pass, const Status& observed) const {
  if (!pass.dependencies.provider) return;
  const api::Provider& provider = *pass.dependencies.provider;
  const std::string& type = provider.spec.type;
  const std::string key = provider.meta.key().ToString();
  deps_.metrics.Set(obs::kTasksInflight, {type, key},
                    static_cast<double>(deps_.vms.CountByIndex(kByBusyProvider, key)));
  const api::VirtualMachineStatus& before = pass.before->status;
  if (!before.reconfigure_task_ref.empty() && pass.after.status.reconfigure_task_ref.empty())
    deps_.metrics.Increment(obs::kVmReconfigures, {type, observed ? "success" : "error"});
  const kube::Condition* ready = kube::FindCondition(before.conditions, api::kReady);
  const bool first_ip = before.ips.empty() && pass.vm && !pass.vm->ips.empty();
  if (first_ip && ready != nullptr && ready->status == "True" && ready->last_transition_time) {
    const auto waited = deps_.clock.WallNow() - *ready->last_transition_time;
    deps_.metrics.Observe(obs::kIpDiscovery, {type}, std::chrono::duration<double>(waited).count());
  }
}

void VirtualMachineReconciler::Count(const VmPass& pass, const char* operation,
                                     const Status& status, TimePoint started) const {
  if (!status && status.error().kind == ErrorKind::kRateLimit) return;  // it was not sent
  const api::Provider& provider = *pass.dependencies.provider;
  deps_.metrics.Increment(obs::kVmOperations,
                          {operation, provider.spec.type, provider.meta.key().ToString(),
                           status ? "success" : "error"});
  deps_.metrics.Observe(obs::kVmOperationDuration, {operation, provider.spec.type},
                        std::chrono::duration<double>(deps_.clock.Now() - started).count());
}

}  // namespace vr::controllers
