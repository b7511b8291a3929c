// What there is and what happens, from and to its messages.
#include "rpc/convert.h"

#include "rpc/legacy_json.h"

namespace vr::rpc {
namespace {

pb::NicState Write(const NicState& in) {
  pb::NicState out;
  out.set_name(in.name);
  out.set_mac(in.mac);
  out.set_network(in.network);
  out.mutable_ips()->Assign(in.ips.begin(), in.ips.end());
  return out;
}

NicState Read(const pb::NicState& in) {
  NicState out;
  out.name = in.name();
  out.mac = in.mac();
  out.network = in.network();
  out.ips = {in.ips().begin(), in.ips().end()};
  return out;
}

pb::DiskState Write(const DiskState& in) {
  pb::DiskState out;
  out.set_id(in.id);
  out.set_path(in.path);
  out.set_format(in.format);
  out.set_size_bytes(in.size_bytes);
  return out;
}

DiskState Read(const pb::DiskState& in) {
  DiskState out;
  out.id = in.id();
  out.path = in.path();
  out.format = in.format();
  out.size_bytes = in.size_bytes();
  return out;
}

ErrorKind KindOf(const pb::ErrorDetail& detail) {
  return ParseErrorKind(detail.kind()).value_or(ErrorKind::kInternal);
}

}  // namespace

pb::VmState ToProto(const VmState& vm) {
  pb::VmState out;
  out.set_id(vm.id);
  out.set_name(vm.name);
  out.set_owner_uid(vm.owner_uid);
  out.set_power(static_cast<pb::PowerState>(vm.power));
  out.mutable_ips()->Assign(vm.ips.begin(), vm.ips.end());
  out.set_console_url(vm.console_url);
  out.set_host(vm.host);
  out.set_cpus(vm.cpus);
  out.set_memory_mib(vm.memory_mib);
  out.set_guest_os(vm.guest_os);
  for (const auto& item : vm.nics) *out.add_nics() = Write(item);
  for (const auto& item : vm.disks) *out.add_disks() = Write(item);
  out.mutable_raw()->insert(vm.raw.begin(), vm.raw.end());
  return out;
}

VmState FromProto(const pb::VmState& vm) {
  VmState out;
  out.id = vm.id();
  out.name = vm.name();
  out.owner_uid = vm.owner_uid();
  if (pb::PowerState_IsValid(vm.power())) out.power = static_cast<PowerState>(vm.power());
  out.ips = {vm.ips().begin(), vm.ips().end()};
  out.console_url = vm.console_url();
  out.host = vm.host();
  out.cpus = vm.cpus();
  out.memory_mib = vm.memory_mib();
  out.guest_os = vm.guest_os();
  for (const auto& item : vm.nics()) out.nics.push_back(Read(item));
  for (const auto& item : vm.disks()) out.disks.push_back(Read(item));
  out.raw = {vm.raw().begin(), vm.raw().end()};
  return out;
}

void FillDescribe(const DescribeResult& result, pb::DescribeResponse& response) {
  response.set_exists(result.exists);
  if (!result.exists) return;
  FillLegacy(result.vm, response);
  *response.mutable_vm() = ToProto(result.vm);
}

DescribeResult FromProto(const std::string& id, const pb::DescribeResponse& response) {
  DescribeResult out;
  out.exists = response.exists();
  if (!out.exists) return out;
  out.vm = response.has_vm() ? FromProto(response.vm()) : ReadLegacy(id, response);
  return out;
}

void FillListed(const VmState& vm, pb::VMInfo& info) {
  constexpr int64_t kGib = int64_t{1} << 30;
  info.set_id(vm.id);
  info.set_name(vm.name);
  info.set_power_state(std::string(LegacyPowerState(vm.power)));
  info.mutable_ips()->Assign(vm.ips.begin(), vm.ips.end());
  info.set_cpu(vm.cpus);
  info.set_memory_mib(vm.memory_mib);
  for (const DiskState& disk : vm.disks) {
    pb::DiskInfo& out = *info.add_disks();
    out.set_id(disk.id);
    out.set_path(disk.path);
    out.set_size_gib(static_cast<int32_t>((disk.size_bytes + kGib - 1) / kGib));
    out.set_format(disk.format);
  }
  for (const NicState& nic : vm.nics) {
    pb::NetworkInfo& out = *info.add_networks();
    out.set_name(nic.network);
    out.set_mac(nic.mac);
    if (!nic.ips.empty()) out.set_ip_address(nic.ips.front());
  }
  info.mutable_provider_raw()->insert(vm.raw.begin(), vm.raw.end());
  *info.mutable_state() = ToProto(vm);
}

VmState FromProto(const pb::VMInfo& info) {
  if (info.has_state()) return FromProto(info.state());
  VmState out;
  out.id = info.id();
  out.name = info.name();
  out.power = ReadPowerState(info.power_state());
  out.ips = {info.ips().begin(), info.ips().end()};
  out.cpus = info.cpu();
  out.memory_mib = info.memory_mib();
  for (const pb::DiskInfo& disk : info.disks())
    out.disks.push_back(
        {disk.id(), disk.path(), disk.format(), int64_t{disk.size_gib()} * (int64_t{1} << 30)});
  for (const pb::NetworkInfo& nic : info.networks())
    out.nics.push_back({"", nic.mac(), nic.name(), {nic.ip_address()}});
  out.raw = {info.provider_raw().begin(), info.provider_raw().end()};
  return out;
}

pb::TaskStatusResponse ToProto(const TaskState& task) {
  pb::TaskStatusResponse out;
  out.set_done(task.done);
  if (task.progress_percent >= 0) out.set_progress_percent(task.progress_percent);
  out.set_message(task.message);
  out.set_result_id(task.result_id);
  if (task.error) {
    out.set_error(task.error->message);
    out.mutable_error_detail()->set_kind(std::string(vr::ToString(task.error->kind)));
    out.mutable_error_detail()->set_message(task.error->message);
    if (task.error->retry_after)
      out.mutable_error_detail()->set_retry_after_ms(task.error->retry_after->count());
  }
  return out;
}

TaskState FromProto(const pb::TaskStatusResponse& task) {
  TaskState out;
  out.done = task.done();
  if (task.has_progress_percent()) out.progress_percent = task.progress_percent();
  out.message = task.message();
  out.result_id = task.result_id();
  if (task.has_error_detail()) {
    const pb::ErrorDetail& detail = task.error_detail();
    out.error = Error{KindOf(detail), detail.message(), {}};
    if (detail.has_retry_after_ms())
      out.error->retry_after = std::chrono::milliseconds(detail.retry_after_ms());
  } else if (!task.error().empty()) {
    out.error = Error{ErrorKind::kRetryable, task.error(), {}};
  }
  return out;
}

pb::GetCapabilitiesResponse ToProto(const Capabilities& in) {
  pb::GetCapabilitiesResponse out;
  out.set_supports_reconfigure_online(in.reconfigure_online);
  out.set_supports_disk_expansion_online(in.disk_expansion_online);
  out.set_supports_snapshots(in.snapshots);
  out.set_supports_memory_snapshots(in.memory_snapshots);
  out.set_supports_linked_clones(in.linked_clones);
  out.set_supports_image_import(in.image_import);
  out.set_supports_disk_export(in.disk_export);
  out.set_supports_disk_import(in.disk_import);
  out.set_supports_export_compression(in.export_compression);
  out.set_supports_watch(in.watch);
  out.set_supports_bulk_describe(in.bulk_describe);
  out.set_supports_suspend(in.suspend);
  out.set_supports_owner_uids(in.owner_uids);
  out.set_provider_type(in.provider_type);
  out.set_provider_version(in.provider_version);
  out.set_hypervisor_version(in.hypervisor_version);
  out.mutable_supported_disk_types()->Assign(in.disk_types.begin(), in.disk_types.end());
  out.mutable_supported_network_types()->Assign(in.network_types.begin(), in.network_types.end());
  out.mutable_supported_export_formats()->Assign(in.export_formats.begin(),
                                                 in.export_formats.end());
  out.mutable_supported_import_formats()->Assign(in.import_formats.begin(),
                                                 in.import_formats.end());
  out.mutable_supported_export_backends()->Assign(in.export_backends.begin(),
                                                  in.export_backends.end());
  out.mutable_supported_import_backends()->Assign(in.import_backends.begin(),
                                                  in.import_backends.end());
  out.mutable_supported_transfer_modes()->Assign(in.transfer_modes.begin(),
                                                 in.transfer_modes.end());
  return out;
}

Capabilities FromProto(const pb::GetCapabilitiesResponse& in) {
  Capabilities out;
  out.reconfigure_online = in.supports_reconfigure_online();
  out.disk_expansion_online = in.supports_disk_expansion_online();
  out.snapshots = in.supports_snapshots();
  out.memory_snapshots = in.supports_memory_snapshots();
  out.linked_clones = in.supports_linked_clones();
  out.image_import = in.supports_image_import();
  out.disk_export = in.supports_disk_export();
  out.disk_import = in.supports_disk_import();
  out.export_compression = in.supports_export_compression();
  out.watch = in.supports_watch();
  out.bulk_describe = in.supports_bulk_describe();
  out.suspend = in.supports_suspend();
  out.owner_uids = in.supports_owner_uids();
  out.provider_type = in.provider_type();
  out.provider_version = in.provider_version();
  out.hypervisor_version = in.hypervisor_version();
  out.disk_types = {in.supported_disk_types().begin(), in.supported_disk_types().end()};
  out.network_types = {in.supported_network_types().begin(), in.supported_network_types().end()};
  out.export_formats = {in.supported_export_formats().begin(), in.supported_export_formats().end()};
  out.import_formats = {in.supported_import_formats().begin(), in.supported_import_formats().end()};
  out.export_backends = {in.supported_export_backends().begin(),
                         in.supported_export_backends().end()};
  out.import_backends = {in.supported_import_backends().begin(),
                         in.supported_import_backends().end()};
  out.transfer_modes = {in.supported_transfer_modes().begin(), in.supported_transfer_modes().end()};
  return out;
}

pb::PowerOp ToProto(PowerOp op) {
  switch (op) {
    case PowerOp::kOn:
      return pb::POWER_OP_ON;
    case PowerOp::kOff:
      return pb::POWER_OP_OFF;
    case PowerOp::kReboot:
      return pb::POWER_OP_REBOOT;
    case PowerOp::kShutdownGraceful:
      return pb::POWER_OP_SHUTDOWN_GRACEFUL;
    case PowerOp::kSuspend:
      return pb::POWER_OP_SUSPEND;
    case PowerOp::kResume:
      return pb::POWER_OP_RESUME;
    case PowerOp::kReset:
      return pb::POWER_OP_RESET;
  }
  return pb::POWER_OP_UNSPECIFIED;
}

Result<PowerOp> FromProto(pb::PowerOp op) {
  for (const PowerOp known :
       {PowerOp::kOn, PowerOp::kOff, PowerOp::kReboot, PowerOp::kShutdownGraceful,
        PowerOp::kSuspend, PowerOp::kResume, PowerOp::kReset}) {
    if (ToProto(known) == op) return known;
  }
  return Error{ErrorKind::kInvalidSpec,
               "power operation " + std::to_string(static_cast<int>(op)) + " is unknown here",
               {}};
}

pb::WatchEvent ToProto(const WatchUpdate& update) {
  pb::WatchEvent out;
  out.set_resume_token(update.resume_token);
  switch (update.kind) {
    case WatchUpdate::Kind::kVm:
      *out.mutable_vm() = ToProto(update.vm);
      break;
    case WatchUpdate::Kind::kVmGone:
      out.mutable_gone()->set_id(update.vm.id);
      out.mutable_gone()->set_owner_uid(update.vm.owner_uid);
      break;
    case WatchUpdate::Kind::kTask:
      out.mutable_task()->set_id(update.task_id);
      *out.mutable_task()->mutable_state() = ToProto(update.task);
      break;
    case WatchUpdate::Kind::kHealth:
      out.mutable_health()->set_healthy(update.healthy);
      out.mutable_health()->set_message(update.message);
      break;
    case WatchUpdate::Kind::kSnapshotDone:
      out.mutable_snapshot_done();
      break;
  }
  return out;
}

std::optional<WatchUpdate> FromProto(const pb::WatchEvent& event) {
  WatchUpdate out;
  out.resume_token = event.resume_token();
  switch (event.event_case()) {
    case pb::WatchEvent::kVm:
      out.kind = WatchUpdate::Kind::kVm;
      out.vm = FromProto(event.vm());
      return out;
    case pb::WatchEvent::kGone:
      out.kind = WatchUpdate::Kind::kVmGone;
      out.vm.id = event.gone().id();
      out.vm.owner_uid = event.gone().owner_uid();
      return out;
    case pb::WatchEvent::kTask:
      out.kind = WatchUpdate::Kind::kTask;
      out.task_id = event.task().id();
      out.task = FromProto(event.task().state());
      return out;
    case pb::WatchEvent::kHealth:
      out.kind = WatchUpdate::Kind::kHealth;
      out.healthy = event.health().healthy();
      out.message = event.health().message();
      return out;
    case pb::WatchEvent::kSnapshotDone:
      out.kind = WatchUpdate::Kind::kSnapshotDone;
      return out;
    case pb::WatchEvent::EVENT_NOT_SET:
      break;
  }
  return std::nullopt;
}

}  // namespace vr::rpc
