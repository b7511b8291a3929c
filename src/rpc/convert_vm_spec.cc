// What a VM shall be, from and to its message.
#include "rpc/convert.h"

namespace vr::rpc {
namespace {

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
  for (const auto& item : spec.networks) *out.add_networks() = Write(item);
  for (const auto& item : spec.disks) *out.add_disks() = Write(item);
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
  for (const auto& item : spec.networks()) out.networks.push_back(Read(item));
  for (const auto& item : spec.disks()) out.disks.push_back(Read(item));
  out.placement = Read(spec.placement());
  out.tags = {spec.tags().begin(), spec.tags().end()};
  return out;
}

}  // namespace vr::rpc
