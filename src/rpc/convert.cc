#include "rpc/convert.h"

#include "rpc/legacy_json.h"

namespace vr::rpc {
namespace {

template <class Out, class In, class Function>
void Each(const In& in, Out* out, Function function) {
  for (const auto& item : in) *out->Add() = function(item);
}

template <class Out, class In, class Function>
std::vector<Out> Map(const In& in, Function function) {
  std::vector<Out> out;
  out.reserve(static_cast<size_t>(in.size()));
  for (const auto& item : in) out.push_back(function(item));
  return out;
}

pb::VmClassSpec Write(const VmClassSpec& in) {
  pb::VmClassSpec out;
  out.set_cpus(in.cpus);
  out.set_memory_mib(in.memory_mib);
  out.set_firmware(in.firmware);
  out.set_guest_tools_policy(in.guest_tools_policy);
  out.set_root_disk_type(in.root_disk_type);
  out.set_root_disk_gib(in.root_disk_gib);
  out.set_storage_class(in.storage_class);
  out.set_root_disk_iops(in.root_disk_iops);
  out.set_cpu_hot_add(in.cpu_hot_add);
  out.set_memory_hot_add(in.memory_hot_add);
  out.set_nested_virtualization(in.nested_virtualization);
  out.set_virtualization_based_security(in.virtualization_based_security);
  out.set_latency_sensitivity(in.latency_sensitivity);
  out.set_hyper_threading_policy(in.hyper_threading_policy);
  out.set_secure_boot(in.secure_boot);
  out.set_tpm_enabled(in.tpm_enabled);
  out.set_tpm_version(in.tpm_version);
  out.set_vtd_enabled(in.vtd_enabled);
  out.set_encryption_enabled(in.encryption_enabled);
  out.set_key_provider(in.key_provider);
  out.set_require_encryption(in.require_encryption);
  out.set_cpu_limit_mhz(in.cpu_limit_mhz);
  out.set_cpu_reservation_mhz(in.cpu_reservation_mhz);
  out.set_cpu_shares(in.cpu_shares);
  out.set_memory_limit_mib(in.memory_limit_mib);
  out.set_memory_reservation_mib(in.memory_reservation_mib);
  out.mutable_extra_config()->insert(in.extra_config.begin(), in.extra_config.end());
  out.set_provider_options_json(in.provider_options_json);
  return out;
}

VmClassSpec Read(const pb::VmClassSpec& in) {
  VmClassSpec out;
  out.cpus = in.cpus();
  out.memory_mib = in.memory_mib();
  out.firmware = in.firmware();
  out.guest_tools_policy = in.guest_tools_policy();
  out.root_disk_type = in.root_disk_type();
  out.root_disk_gib = in.root_disk_gib();
  out.storage_class = in.storage_class();
  out.root_disk_iops = in.root_disk_iops();
  out.cpu_hot_add = in.cpu_hot_add();
  out.memory_hot_add = in.memory_hot_add();
  out.nested_virtualization = in.nested_virtualization();
  out.virtualization_based_security = in.virtualization_based_security();
  out.latency_sensitivity = in.latency_sensitivity();
  out.hyper_threading_policy = in.hyper_threading_policy();
  out.secure_boot = in.secure_boot();
  out.tpm_enabled = in.tpm_enabled();
  out.tpm_version = in.tpm_version();
  out.vtd_enabled = in.vtd_enabled();
  out.encryption_enabled = in.encryption_enabled();
  out.key_provider = in.key_provider();
  out.require_encryption = in.require_encryption();
  out.cpu_limit_mhz = in.cpu_limit_mhz();
  out.cpu_reservation_mhz = in.cpu_reservation_mhz();
  out.cpu_shares = in.cpu_shares();
  out.memory_limit_mib = in.memory_limit_mib();
  out.memory_reservation_mib = in.memory_reservation_mib();
  out.extra_config = {in.extra_config().begin(), in.extra_config().end()};
  out.provider_options_json = in.provider_options_json();
  return out;
}

pb::ImageSource Write(const ImageSource& in) {
  pb::ImageSource out;
  out.set_name(in.name);
  out.set_template_name(in.template_name);
  out.set_path(in.path);
  out.set_url(in.url);
  out.set_format(in.format);
  out.set_checksum(in.checksum);
  out.set_checksum_type(in.checksum_type);
  out.set_storage_pool(in.storage_pool);
  out.mutable_headers()->insert(in.headers.begin(), in.headers.end());
  return out;
}

ImageSource Read(const pb::ImageSource& in) {
  ImageSource out;
  out.name = in.name();
  out.template_name = in.template_name();
  out.path = in.path();
  out.url = in.url();
  out.format = in.format();
  out.checksum = in.checksum();
  out.checksum_type = in.checksum_type();
  out.storage_pool = in.storage_pool();
  out.headers = {in.headers().begin(), in.headers().end()};
  return out;
}

pb::NetworkAttachment Write(const NetworkAttachment& in) {
  pb::NetworkAttachment out;
  out.set_name(in.name);
  out.set_network_name(in.network_name);
  out.set_bridge(in.bridge);
  out.set_portgroup(in.portgroup);
  out.set_mode(in.mode);
  out.set_vlan(in.vlan);
  out.set_model(in.model);
  out.set_mac_address(in.mac_address);
  out.set_ip_policy(in.ip_policy);
  out.set_static_ip(in.static_ip);
  out.set_prefix(in.prefix);
  out.set_gateway(in.gateway);
  out.mutable_dns()->Assign(in.dns.begin(), in.dns.end());
  out.set_pci_slot_number(in.pci_slot_number);
  out.set_mtu(in.mtu);
  return out;
}

NetworkAttachment Read(const pb::NetworkAttachment& in) {
  NetworkAttachment out;
  out.name = in.name();
  out.network_name = in.network_name();
  out.bridge = in.bridge();
  out.portgroup = in.portgroup();
  out.mode = in.mode();
  out.vlan = in.vlan();
  out.model = in.model();
  out.mac_address = in.mac_address();
  out.ip_policy = in.ip_policy();
  out.static_ip = in.static_ip();
  out.prefix = in.prefix();
  out.gateway = in.gateway();
  out.dns = {in.dns().begin(), in.dns().end()};
  out.pci_slot_number = in.pci_slot_number();
  out.mtu = in.mtu();
  return out;
}

pb::DiskRequest Write(const DiskRequest& in) {
  pb::DiskRequest out;
  out.set_name(in.name);
  out.set_size_gib(in.size_gib);
  out.set_type(in.type);
  out.set_storage_class(in.storage_class);
  out.set_expand_policy(in.expand_policy);
  return out;
}

DiskRequest Read(const pb::DiskRequest& in) {
  DiskRequest out;
  out.name = in.name();
  out.size_gib = in.size_gib();
  out.type = in.type();
  out.storage_class = in.storage_class();
  out.expand_policy = in.expand_policy();
  return out;
}

pb::Placement Write(const Placement& in) {
  pb::Placement out;
  out.set_datastore(in.datastore);
  out.set_storage_pod(in.storage_pod);
  out.set_storage_pool(in.storage_pool);
  out.set_cluster(in.cluster);
  out.set_folder(in.folder);
  out.set_host(in.host);
  out.set_resource_pool(in.resource_pool);
  out.set_datacenter(in.datacenter);
  return out;
}

Placement Read(const pb::Placement& in) {
  Placement out;
  out.datastore = in.datastore();
  out.storage_pod = in.storage_pod();
  out.storage_pool = in.storage_pool();
  out.cluster = in.cluster();
  out.folder = in.folder();
  out.host = in.host();
  out.resource_pool = in.resource_pool();
  out.datacenter = in.datacenter();
  return out;
}

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

pb::ImageSource ToProto(const ImageSource& image) { return Write(image); }
ImageSource FromProto(const pb::ImageSource& image) { return Read(image); }

pb::VmSpec ToProto(const VmSpec& spec) {
  pb::VmSpec out;
  out.set_name(spec.name);
  out.set_owner_uid(spec.owner_uid);
  out.set_owner_key(spec.owner_key);
  out.set_user_data(spec.user_data);
  out.set_user_data_kind(spec.user_data_kind);
  out.set_meta_data(spec.meta_data);
  *out.mutable_vm_class() = Write(spec.vm_class);
  *out.mutable_image() = Write(spec.image);
  Each(spec.networks, out.mutable_networks(), [](const auto& item) { return Write(item); });
  Each(spec.disks, out.mutable_disks(), [](const auto& item) { return Write(item); });
  *out.mutable_placement() = Write(spec.placement);
  out.mutable_tags()->Assign(spec.tags.begin(), spec.tags.end());
  return out;
}

VmSpec FromProto(const pb::VmSpec& spec) {
  VmSpec out;
  out.name = spec.name();
  out.owner_uid = spec.owner_uid();
  out.owner_key = spec.owner_key();
  out.user_data = spec.user_data();
  out.user_data_kind = spec.user_data_kind();
  out.meta_data = spec.meta_data();
  out.vm_class = Read(spec.vm_class());
  out.image = Read(spec.image());
  out.networks =
      Map<NetworkAttachment>(spec.networks(), [](const auto& item) { return Read(item); });
  out.disks = Map<DiskRequest>(spec.disks(), [](const auto& item) { return Read(item); });
  out.placement = Read(spec.placement());
  out.tags = {spec.tags().begin(), spec.tags().end()};
  return out;
}

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
  Each(vm.nics, out.mutable_nics(), [](const auto& item) { return Write(item); });
  Each(vm.disks, out.mutable_disks(), [](const auto& item) { return Write(item); });
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
  out.nics = Map<NicState>(vm.nics(), [](const auto& item) { return Read(item); });
  out.disks = Map<DiskState>(vm.disks(), [](const auto& item) { return Read(item); });
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
