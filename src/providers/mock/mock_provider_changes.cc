// MockProvider: power, reconfigure, snapshots, clones, images.
#include <algorithm>
#include <utility>

#include "base/timestamp.h"
#include "providers/mock/mock_provider.h"
#include "providers/mock/power.h"

namespace vr::mock {
namespace {

std::vector<SnapshotRecord>::iterator FindSnapshot(VmRecord& record, const std::string& id) {
  return std::find_if(record.snapshots.begin(), record.snapshots.end(),
                      [&](const SnapshotRecord& snapshot) { return snapshot.id == id; });
}

Error NoSnapshot(const VmRecord& record, const std::string& id) {
  return {ErrorKind::kNotFound, "VM " + record.vm.name + " has no snapshot " + id, {}};
}

Status Revert(VmRecord& record, const std::string& snapshot_id) {
  const auto snapshot = FindSnapshot(record, snapshot_id);
  if (snapshot == record.snapshots.end()) return NoSnapshot(record, snapshot_id);
  record.vm.cpus = snapshot->cpus;
  record.vm.memory_mib = snapshot->memory_mib;
  record.vm.disks = snapshot->disks;
  // With its memory the guest goes on where it was; without, it must boot.
  record.vm.power = snapshot->memory ? sdk::PowerState::kOn : sdk::PowerState::kOff;
  record.booted = snapshot->memory;
  return {};
}

}  // namespace

Status MockProvider::SwitchPower(const std::string& id, sdk::PowerOp op) {
  return vms_.Change(id, [&](VmRecord& record) { return ApplyPower(record, op, boot_); }).status();
}

Result<sdk::TaskRef> MockProvider::Power(const Context& ctx, const sdk::PowerRequest& request) {
  VR_RETURN_IF_ERROR(Enter(ctx, Operation::kPower));
  VR_ASSIGN_OR_RETURN(const VmRecord found, FindUsable(request.id));
  VR_RETURN_IF_ERROR(CheckOwner(found, request.owner_uid));
  VmRecord after = found;
  VR_RETURN_IF_ERROR(ApplyPower(after, request.op, boot_));
  if (after.vm.power == found.vm.power && after.boots == found.boots) return sdk::TaskRef{};
  Job job{.operation = Operation::kPower,
          .vm_id = request.id,
          .what = "power operation on VM " + found.vm.name,
          .finish = [this, id = request.id, op = request.op] { return SwitchPower(id, op); }};
  // The others reach the same state however often they run, and must run again if it was left.
  if (request.op == sdk::PowerOp::kReboot || request.op == sdk::PowerOp::kReset)
    job.idempotency_key = request.idempotency_key;
  if (request.op == sdk::PowerOp::kShutdownGraceful) job.at_most = request.graceful_timeout;
  return StartTask(std::move(job));
}

Result<sdk::TaskRef> MockProvider::Reconfigure(const Context& ctx,
                                               const sdk::ReconfigureRequest& request) {
  VR_RETURN_IF_ERROR(Enter(ctx, Operation::kReconfigure));
  VR_ASSIGN_OR_RETURN(VmRecord found, FindUsable(request.id));
  VR_RETURN_IF_ERROR(CheckOwner(found, request.desired.owner_uid));
  const sdk::VmState before = found.vm;
  VR_RETURN_IF_ERROR(mock::Reconfigure(found.vm, request.desired, number_));
  if (found.vm == before) return sdk::TaskRef{};
  Job job{.operation = Operation::kReconfigure,
          .vm_id = request.id,
          .what = "changing VM " + found.vm.name,
          .finish = {}};
  job.finish = [this, id = request.id, desired = request.desired]() -> Status {
    VR_ASSIGN_OR_RETURN(VmRecord now, FindUsable(id));
    VR_RETURN_IF_ERROR(mock::Reconfigure(now.vm, desired, number_));
    return vms_
        .Change(id,
                [&](VmRecord& record) {
                  record.vm.cpus = now.vm.cpus;
                  record.vm.memory_mib = now.vm.memory_mib;
                  record.vm.disks = now.vm.disks;
                  record.vm.nics = now.vm.nics;
                  record.vm.raw = now.vm.raw;
                  return Status();
                })
        .status();
  };
  return StartTask(std::move(job));
}

Result<sdk::SnapshotCreateResult> MockProvider::SnapshotCreate(
    const Context& ctx, const sdk::SnapshotCreateRequest& request) {
  VR_RETURN_IF_ERROR(Enter(ctx, Operation::kSnapshotCreate));
  VR_ASSIGN_OR_RETURN(VmRecord found, FindUsable(request.vm_id));
  VR_RETURN_IF_ERROR(CheckOwner(found, request.owner_uid));
  std::string name = request.name.empty() ? request.idempotency_key : request.name;
  if (name.empty()) name = "snapshot-" + std::to_string(number_());
  const std::string id = SnapshotIdFor(request.vm_id, name);
  if (const auto same = FindSnapshot(found, id); same != found.snapshots.end())
    return sdk::SnapshotCreateResult{.id = id, .task = {}};
  Job job{.operation = Operation::kSnapshotCreate,
          .vm_id = request.vm_id,
          .what = "making snapshot " + name + " of VM " + found.vm.name,
          .finish = {}};
  job.finish = [this, request, name, id] {
    const std::string now = FormatTimestamp(deps_.clock.WallNow());
    return vms_
        .Change(request.vm_id,
                [&](VmRecord& record) {
                  if (FindSnapshot(record, id) != record.snapshots.end()) return Status();
                  record.snapshots.push_back(
                      {.id = id,
                       .name = name,
                       .description = request.description,
                       .created = now,
                       .memory = request.include_memory && record.vm.power == sdk::PowerState::kOn,
                       .cpus = record.vm.cpus,
                       .memory_mib = record.vm.memory_mib,
                       .disks = record.vm.disks});
                  return Status();
                })
        .status();
  };
  VR_ASSIGN_OR_RETURN(sdk::TaskRef task, StartTask(std::move(job)));
  return sdk::SnapshotCreateResult{.id = id, .task = std::move(task)};
}

Result<sdk::TaskRef> MockProvider::SnapshotDelete(const Context& ctx,
                                                  const sdk::SnapshotRequest& request) {
  VR_RETURN_IF_ERROR(Enter(ctx, Operation::kSnapshotDelete));
  auto found = vms_.Find(request.vm_id);
  if (!found || FindSnapshot(*found, request.snapshot_id) == found->snapshots.end())
    return sdk::TaskRef{};  // gone, alone or with its VM
  VR_RETURN_IF_ERROR(CheckOwner(*found, request.owner_uid));
  Job job{.operation = Operation::kSnapshotDelete,
          .vm_id = request.vm_id,
          .what = "deleting a snapshot of VM " + found->vm.name,
          .finish = {}};
  job.finish = [this, request]() -> Status {
    const auto changed = vms_.Change(request.vm_id, [&](VmRecord& record) {
      std::erase_if(record.snapshots,
                    [&](const SnapshotRecord& s) { return s.id == request.snapshot_id; });
      return Status();
    });
    if (!changed && changed.error().kind == ErrorKind::kNotFound) return {};
    return changed.status();
  };
  return StartTask(std::move(job));
}

Result<sdk::TaskRef> MockProvider::SnapshotRevert(const Context& ctx,
                                                  const sdk::SnapshotRequest& request) {
  VR_RETURN_IF_ERROR(Enter(ctx, Operation::kSnapshotRevert));
  VR_ASSIGN_OR_RETURN(VmRecord found, FindUsable(request.vm_id));
  VR_RETURN_IF_ERROR(CheckOwner(found, request.owner_uid));
  VR_RETURN_IF_ERROR(Revert(found, request.snapshot_id));
  Job job{.operation = Operation::kSnapshotRevert,
          .vm_id = request.vm_id,
          .what = "reverting VM " + found.vm.name,
          .finish = {},
          .idempotency_key = request.idempotency_key};  // twice would undo what came between
  job.finish = [this, request] {
    return vms_
        .Change(request.vm_id,
                [&](VmRecord& record) { return Revert(record, request.snapshot_id); })
        .status();
  };
  return StartTask(std::move(job));
}

Result<sdk::CreateResult> MockProvider::Clone(const Context& ctx,
                                              const sdk::CloneRequest& request) {
  VR_RETURN_IF_ERROR(Enter(ctx, Operation::kClone));
  VR_RETURN_IF_ERROR(CheckCloneTarget(request.target));
  // Made already: its source may be gone by now.
  if (const auto made = vms_.Find(VmIdFor(sdk::IdentityOf(request.target)));
      made && !made->creating)
    return Make(Operation::kClone, *made);
  VR_ASSIGN_OR_RETURN(const VmRecord source, FindUsable(request.source_id));
  return Make(Operation::kClone, CloneOf(source, request, number_));
}

Result<sdk::ImagePrepareResult> MockProvider::ImagePrepare(
    const Context& ctx, const sdk::ImagePrepareRequest& request) {
  VR_RETURN_IF_ERROR(Enter(ctx, Operation::kImagePrepare));
  const sdk::ImageSource& image = request.image;
  const std::string& id = request.target_name.empty() ? image.name : request.target_name;
  if (id.empty()) {
    return Error{ErrorKind::kInvalidSpec,
                 "the image has no name and the request no target_name: nothing to call it",
                 {}};
  }
  const std::string format = image.format.empty() ? "qcow2" : image.format;
  const ImageRecord record{.id = id, .path = "[mock] images/" + id + "." + format};
  if (vms_.FindImage(id) == record)
    return sdk::ImagePrepareResult{.task = {}, .id = id, .path = record.path};
  Job job{.operation = Operation::kImagePrepare,
          .vm_id = "",
          .what = "importing image " + id,
          .finish = [this, record] { return vms_.PutImage(record); },
          .result = id};
  VR_ASSIGN_OR_RETURN(sdk::TaskRef task, StartTask(std::move(job)));
  return sdk::ImagePrepareResult{.task = std::move(task), .id = id, .path = record.path};
}

}  // namespace vr::mock
