#include "providers/mock/mock_provider.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/version.h"

namespace vr::mock {
namespace {

constexpr int kSteps = 4;  // of a task's delay, each reported
constexpr auto kBootTime = std::chrono::seconds(1);

Error NoVm(const std::string& id) { return {ErrorKind::kNotFound, "there is no VM " + id, {}}; }

}  // namespace

MockProvider::MockProvider(MockOptions options, const Deps& deps)
    : options_(std::move(options)),
      deps_(deps),
      boot_(options_.delay_scale > 0 ? Boot::kLater : Boot::kAtOnce),
      failures_(options_.failures, options_.seed),
      vms_(options_.state_file,
           [this](const VmRecord& record, Presence presence) { OnChange(record, presence); }),
      number_([this] { return vms_.NextNumber(); }),
      boots_(deps.clock, [this](const std::string& id, int64_t boot) { OnUp(id, boot); }) {}

Status MockProvider::Start(const Context& ctx) {
  VR_ASSIGN_OR_RETURN(const bool found, vms_.Open(ctx));
  if (!found && options_.sample_vms) VR_RETURN_IF_ERROR(AddSamples());
  deps_.hub.PublishHealth(true, "");
  return {};
}

Status MockProvider::AddSamples() {
  for (const VmRecord& sample : SampleVms(number_)) {
    VR_RETURN_IF_ERROR(vms_.FindOrAdd(sample).status());
  }
  return {};
}

Duration MockProvider::Scaled(Duration delay) const {
  return std::chrono::duration_cast<Duration>(delay * options_.delay_scale);
}

Status MockProvider::Enter(const Context& ctx, Operation operation) {
  VR_RETURN_IF_ERROR(ctx.Check(ToString(operation)));
  if (const Duration delay = Scaled(failures_.CallDelay()); delay > Duration::zero())
    VR_RETURN_IF_ERROR(ctx.Sleep(delay));
  return failures_.AtCall(operation);
}

Result<sdk::TaskRef> MockProvider::StartTask(Job job) {
  const auto shared = std::make_shared<const Job>(std::move(job));
  return deps_.tasks.Start(
      shared->vm_id, shared->idempotency_key,
      [this, shared](const Context& ctx, sdk::TaskProgress& progress) -> Result<std::string> {
        const Status done = RunJob(ctx, *shared, progress);
        if (done) return shared->result.empty() ? shared->vm_id : shared->result;
        if (shared->undo) shared->undo(done.error());
        return done.error();
      });
}

Status MockProvider::RunJob(const Context& ctx, const Job& job, sdk::TaskProgress& progress) {
  progress.Report(0, job.what);
  VR_RETURN_IF_ERROR(gate_.Pass(ctx));
  Duration delay = Scaled(TaskDelay(job.operation));
  if (job.at_most) delay = std::min(delay, *job.at_most);
  for (int step = 1; step <= kSteps && delay > Duration::zero(); ++step) {
    VR_RETURN_IF_ERROR(ctx.Sleep(delay / kSteps));
    if (step < kSteps) progress.Report(100 * step / kSteps, job.what);
  }
  VR_RETURN_IF_ERROR(failures_.AtTask(job.operation));
  return job.finish();
}

// On the thread that wrote the change, in the order of the changes.
void MockProvider::OnChange(const VmRecord& record, Presence presence) {
  if (presence == Presence::kGone) {
    deps_.hub.PublishGone(record.id(), record.vm.owner_uid);
    return;
  }
  if (record.creating) return;  // not a VM yet
  deps_.hub.PublishVm(View(record));
  if (record.vm.power == sdk::PowerState::kOn && !record.booted)
    boots_.Schedule(record.id(), record.boots, Scaled(kBootTime));
}

void MockProvider::OnUp(const std::string& id, int64_t boot) {
  // A VM that went, or was switched off or on again meanwhile, is left alone.
  const auto up = vms_.Change(id, [&](VmRecord& record) {
    if (record.boots == boot && record.vm.power == sdk::PowerState::kOn) record.booted = true;
    return Status();
  });
  if (!up && up.error().kind == ErrorKind::kUnavailable) boots_.Schedule(id, boot, kBootTime);
}

Result<sdk::ValidateResult> MockProvider::Validate(const Context& ctx) {
  VR_RETURN_IF_ERROR(Enter(ctx, Operation::kValidate));
  const std::string where =
      options_.state_file.empty() ? "in memory only" : "kept in " + options_.state_file;
  return sdk::ValidateResult{.ok = true, .message = "simulated hypervisor, VMs " + where};
}

Result<sdk::Capabilities> MockProvider::GetCapabilities(const Context& ctx) {
  VR_RETURN_IF_ERROR(ctx.Check("capabilities"));
  sdk::Capabilities capabilities;
  capabilities.provider_type = "mock";
  capabilities.provider_version = ProjectVersion();
  capabilities.hypervisor_version = "mock 1";
  capabilities.reconfigure_online = true;
  capabilities.disk_expansion_online = true;
  capabilities.snapshots = true;
  capabilities.memory_snapshots = true;
  capabilities.linked_clones = true;
  capabilities.image_import = true;
  capabilities.disk_types = {"thin", "thick", "raw", "qcow2"};
  capabilities.network_types = {"bridge", "nat", "distributed"};
  capabilities.watch = true;
  capabilities.bulk_describe = true;
  capabilities.suspend = true;
  return capabilities;
}

Result<VmRecord> MockProvider::FindUsable(const std::string& id) const {
  auto record = vms_.Find(id);
  if (!record) return NoVm(id);
  if (record->creating) {
    return Error{
        ErrorKind::kRetryable, "VM " + record->vm.name + " is not completely made yet", {}};
  }
  if (record->deleting)
    return Error{ErrorKind::kRetryable, "VM " + record->vm.name + " is being deleted", {}};
  return *std::move(record);
}

Result<sdk::CreateResult> MockProvider::Create(const Context& ctx,
                                               const sdk::CreateRequest& request) {
  VR_RETURN_IF_ERROR(Enter(ctx, Operation::kCreate));
  VR_RETURN_IF_ERROR(CheckVmSpec(request.vm));
  return Make(Operation::kCreate, NewVm(request.vm, number_));
}

// The id is the owner's, and the record is in the file before the task begins: however often and
// whenever this is repeated, there is one VM. No idempotency key: a VM that was deleted and is
// asked for again must be made again.
Result<sdk::CreateResult> MockProvider::Make(Operation operation, const VmRecord& wanted) {
  VR_ASSIGN_OR_RETURN(const VmRecord found, vms_.FindOrAdd(wanted));
  const std::string id = found.id();
  if (found.deleting) {
    return Error{ErrorKind::kRetryable, "VM " + found.vm.name + " is being deleted", {}};
  }
  if (!found.creating) return sdk::CreateResult{.id = id, .task = {}};
  Job job{.operation = operation, .vm_id = id, .what = "making VM " + wanted.vm.name, .finish = {}};
  job.finish = [this, wanted]() -> Status {
    VR_RETURN_IF_ERROR(vms_.FindOrAdd(wanted).status());  // an earlier attempt's undo removed it
    return vms_
        .Change(wanted.id(),
                [&](VmRecord& record) {
                  if (!record.creating) return Status();
                  const bool deleting = record.deleting;
                  record = wanted;  // the newest wish
                  record.creating = false;
                  record.deleting = deleting;
                  return Status();
                })
        .status();
  };
  job.undo = [this, id](const Error& error) {
    // A task that was stopped is gone on with by the next Create; one that failed made nothing.
    const auto half_made = vms_.Find(id);
    if (error.kind == ErrorKind::kCancelled || !half_made || !half_made->creating) return;
    (void)vms_.Remove(id);  // if it cannot be written, the next Create finds it
  };
  VR_ASSIGN_OR_RETURN(sdk::TaskRef task, StartTask(std::move(job)));
  return sdk::CreateResult{.id = id, .task = std::move(task)};
}

Result<sdk::TaskRef> MockProvider::Delete(const Context& ctx, const sdk::DeleteRequest& request) {
  VR_RETURN_IF_ERROR(Enter(ctx, Operation::kDelete));
  const std::string id = request.id.empty() ? VmIdFor(request.owner_uid) : request.id;
  const auto marked = vms_.Change(id, [&](VmRecord& record) -> Status {
    VR_RETURN_IF_ERROR(CheckOwner(record, request.owner_uid));
    record.deleting = true;
    return {};
  });
  if (!marked && marked.error().kind == ErrorKind::kNotFound) return sdk::TaskRef{};
  VR_RETURN_IF_ERROR(marked.status());
  Job job{.operation = Operation::kDelete,
          .vm_id = id,
          .what = "deleting VM " + marked->vm.name,
          .finish = [this, id] { return vms_.Remove(id); }};
  job.undo = [this, id](const Error&) {
    (void)vms_.Change(id, [](VmRecord& record) {
      record.deleting = false;
      return Status();
    });
  };
  auto undo = job.undo;
  auto task = StartTask(std::move(job));
  if (!task) undo(task.error());
  return task;
}

Result<sdk::DescribeResult> MockProvider::Describe(const Context& ctx, const std::string& id) {
  VR_RETURN_IF_ERROR(Enter(ctx, Operation::kDescribe));
  const auto record = vms_.Find(id);
  if (!record) return sdk::DescribeResult{};
  return sdk::DescribeResult{.exists = true, .vm = View(*record)};
}

Result<std::vector<sdk::VmState>> MockProvider::ListVms(const Context& ctx) {
  VR_RETURN_IF_ERROR(Enter(ctx, Operation::kList));
  std::vector<sdk::VmState> states;
  for (const VmRecord& record : vms_.All()) {
    if (!record.creating) states.push_back(View(record));
  }
  return states;
}

}  // namespace vr::mock
