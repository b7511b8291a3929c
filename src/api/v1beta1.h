// The kinds as C++ types: what controllers read and write. Decoding moves aliases and applies
// defaults, so a reader never sees a documented spelling.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "api/v1beta1/common.h"
#include "api/v1beta1/vm_clone.h"
#include "api/v1beta1/vm_migration.h"
#include "api/v1beta1/vm_placement_policy.h"
#include "api/v1beta1/vm_set.h"
#include "api/v1beta1/vm_snapshot.h"
#include "api/v1beta1/vm_template.h"

namespace vr::api {

struct VmPlacement {
  std::string cluster, datastore, folder, host, resource_pool, storage_pod, datacenter;
};

struct VirtualMachineSpec {
  ObjectRef provider_ref;
  ObjectRef class_ref;
  std::optional<ObjectRef> image_ref;
  std::optional<ImportedDisk> imported_disk;
  std::string power_state = "On";  // On, Off, OffGraceful
  std::string deletion_policy;     // Delete, Retain or empty: Delete, but Retain for adopted VMs
  std::string on_missing = "Fail";
  Duration graceful_shutdown_timeout = std::chrono::seconds(60);
  Resources resources;
  std::vector<VmDisk> disks;
  std::vector<VmNetwork> networks;
  TextSource user_data, ignition, meta_data;
  VmPlacement placement;
  std::vector<std::string> tags;
  std::string clone_type;                   // full, linked or empty: when image_ref names a VM
  std::string placement_ref;                // VMPlacementPolicy, or empty
  std::string availability_json;            // spec.availability as canonical JSON, or empty
  std::vector<std::string> without_effect;  // paths that are set and that nothing acts on yet
};

struct VirtualMachineStatus {
  std::vector<kube::Condition> conditions;
  std::string id, phase, power_state, message, console_url, host, guest_os;
  std::string last_task_ref, reconfigure_task_ref;
  std::vector<std::string> ips;
  Resources current_resources;
  std::map<std::string, std::string> provider;
  int64_t observed_generation = 0;
  std::optional<WallTime> last_reconfigure_time;
};

struct VmClassSpec {
  int32_t cpu = 0;
  int64_t memory_mib = 0;
  std::string firmware = "BIOS";
  std::string guest_tools_policy;
  int64_t root_disk_gib = 0;  // 0: as the image
  std::string root_disk_type, storage_class;
  int32_t root_disk_iops = 0;
  bool cpu_hot_add = false, memory_hot_add = false, nested_virtualization = false,
       virtualization_based_security = false;
  std::string latency_sensitivity, hyper_threading_policy;
  bool secure_boot = false, tpm_enabled = false, vtd_enabled = false, encryption_enabled = false,
       require_encryption = false;
  std::string tpm_version, key_provider;
  int32_t cpu_limit = 0, cpu_reservation = 0, cpu_shares = 0;
  int64_t memory_limit_mib = 0, memory_reservation_mib = 0;
  std::map<std::string, std::string> extra_config;
  // The block of each provider type, as canonical JSON; "" if not given.
  std::string vsphere_json, libvirt_json, proxmox_json;
  // For VMs that name none.
  std::vector<VmDisk> disks;
  std::vector<VmNetwork> networks;
};

struct VmImageSpec {
  std::string template_name;  // vSphere or Proxmox
  std::string path, url, format, checksum, checksum_type, storage_pool;
  std::map<std::string, std::string> headers;
  std::string user_data_template;  // for VMs without user data of their own; "" if there is none
  std::string spec_json;           // the spec as canonical JSON: the base wire contract carries it
  std::vector<std::string> without_effect;  // as of a VirtualMachine
};

struct VmNetworkAttachmentSpec {
  std::string type;  // bridged, nat, isolated, host-only, external
  std::string network_name, bridge, portgroup, model;
  int32_t vlan = 0, mtu = 0, pci_slot_number = 0;
  std::string ip_type;                         // DHCP, Static, Pool, None
  std::string static_address, static_gateway;  // ip_type Static: CIDR, and the default route
  std::vector<std::string> dns_servers;
};

struct EnvVar {
  std::string name, value;
};

struct ProviderSpec {
  std::string type, endpoint;
  std::optional<ObjectRef> credential_secret_ref;
  bool insecure_skip_verify = false;
  std::string vm_name_template = "{{.Name}}";
  std::string log_level, log_format;
  std::vector<EnvVar> env;
  std::string default_datastore, default_storage_pod, default_storage_pool, default_cluster,
      default_folder, default_network, default_resource_pool;
  std::optional<int64_t> rate_limit_qps, rate_limit_burst;  // nothing: the manager's own
  std::optional<bool> tls_enabled;
  std::string tls_secret_name;
  std::vector<std::string> without_effect;  // as of a VirtualMachine
};

struct ReportedCapabilities {
  bool reconfigure_online = false, disk_expansion_online = false, snapshots = false,
       memory_snapshots = false, linked_clones = false, image_import = false, disk_export = false,
       disk_import = false, export_compression = false;
  std::vector<std::string> disk_types, network_types, export_formats, import_formats,
      export_backends, import_backends, transfer_modes;
  friend bool operator==(const ReportedCapabilities&, const ReportedCapabilities&) = default;
};

struct ProviderStatus {
  std::vector<kube::Condition> conditions;
  bool healthy = false;
  int64_t connected_vms = 0;
  std::string version;
  std::string runtime_phase, runtime_message, runtime_endpoint;
  std::optional<ReportedCapabilities> capabilities;
  std::optional<WallTime> last_health_check;
  int64_t observed_generation = 0;
};

using VirtualMachine = kube::Object<VirtualMachineSpec, VirtualMachineStatus>;
using VmClass = kube::Object<VmClassSpec, UsageStatus>;
using VmImage = kube::Object<VmImageSpec, UsageStatus>;
using VmNetworkAttachment = kube::Object<VmNetworkAttachmentSpec, UsageStatus>;
using Provider = kube::Object<ProviderSpec, ProviderStatus>;

}  // namespace vr::api

namespace vr::kube {

VR_RESOURCE_TRAITS(api::VirtualMachine)
VR_RESOURCE_TRAITS(api::VmClass)
VR_RESOURCE_TRAITS(api::VmImage)
VR_RESOURCE_TRAITS(api::VmNetworkAttachment)
VR_RESOURCE_TRAITS(api::Provider)

}  // namespace vr::kube
