// The manager-provider vocabulary as plain structs: what proto/provider/v1 carries, without
// protobuf. rpc converts both ways in one place (convert.cc); providers see the same structs
// through sdk/provider.h.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace vr::rpc {

enum class PowerState { kUnknown, kOn, kOff, kSuspended };
enum class PowerOp { kOn, kOff, kReboot, kShutdownGraceful, kSuspend, kResume, kReset };

// A running operation on the provider; an empty id means that the call already did all of it.
struct TaskRef {
  std::string id;
  bool empty() const { return id.empty(); }
};

struct TaskState {
  bool done = false;
  std::optional<Error> error;  // only when done
  int progress_percent = -1;   // -1 = unknown
  std::string message;         // what it does right now
  std::string result_id;       // the object it made, if any
};

struct VmClassSpec {
  int32_t cpus = 0;
  int64_t memory_mib = 0;
  std::string firmware = "BIOS";  // BIOS, UEFI
  std::string guest_tools_policy;
  std::string root_disk_type;
  int64_t root_disk_gib = 0;
  std::string storage_class;
  int32_t root_disk_iops = 0;
  bool cpu_hot_add = false;
  bool memory_hot_add = false;
  bool nested_virtualization = false;
  bool virtualization_based_security = false;
  std::string latency_sensitivity;
  std::string hyper_threading_policy;
  bool secure_boot = false;
  bool tpm_enabled = false;
  std::string tpm_version;
  bool vtd_enabled = false;
  bool encryption_enabled = false;
  std::string key_provider;
  bool require_encryption = false;
  int32_t cpu_limit_mhz = 0;
  int32_t cpu_reservation_mhz = 0;
  int32_t cpu_shares = 0;
  int64_t memory_limit_mib = 0;
  int64_t memory_reservation_mib = 0;
  std::map<std::string, std::string> extra_config;
  std::string provider_options_json;  // the class's typed block for this provider type, as JSON;
                                      // may be empty
};

struct ImageSource {
  std::string name;           // of the VMImage
  std::string template_name;  // vSphere, Proxmox
  std::string path;           // a file or volume on the provider's side
  std::string url;
  std::string format;  // qcow2, raw, ... ; empty = find out
  std::string checksum;
  std::string checksum_type = "sha256";
  std::string storage_pool;
  std::map<std::string, std::string> headers;  // for the download; may hold secrets, never logged
  std::string spec_json;  // VMImage.spec as served (base contract, ImagePrepare)
};

struct NetworkAttachment {
  std::string name;
  std::string network_name;
  std::string bridge;
  std::string portgroup;
  std::string mode;  // "", "user", "network", "bridge"
  int32_t vlan = 0;
  std::string model;
  std::string mac_address;
  std::string ip_policy;  // dhcp, static, none
  std::string static_ip;
  int32_t prefix = 0;
  std::string gateway;
  std::vector<std::string> dns;
  int32_t pci_slot_number = 0;
  int32_t mtu = 0;
};

struct DiskRequest {
  std::string name;
  int64_t size_gib = 0;
  std::string type;
  std::string storage_class;
  std::string expand_policy;
};

struct Placement {
  std::string datastore, storage_pod, storage_pool, cluster, folder, host, resource_pool,
      datacenter;
};

// What a VM should be. Create takes all of it; Reconfigure the same with the changes in it.
struct VmSpec {
  std::string name;       // display name on the hypervisor
  std::string owner_uid;  // UID of the VirtualMachine object: the identity on the hypervisor;
                          // empty from a manager that does not tell it: then the name is
  std::string owner_key;  // "namespace/name", for people who look at the hypervisor
  std::string user_data;
  std::string user_data_kind = "cloud-init";  // or "ignition"
  std::string meta_data;
  VmClassSpec vm_class;
  ImageSource image;
  std::vector<NetworkAttachment> networks;
  std::vector<DiskRequest> disks;
  Placement placement;
  std::vector<std::string> tags;
};

struct CreateRequest {
  VmSpec vm;
  std::string idempotency_key;
};
struct CreateResult {
  std::string id;  // the provider's id of the VM; known even while the task runs
  TaskRef task;
};
struct PowerRequest {
  std::string id;
  PowerOp op = PowerOp::kOn;
  std::chrono::seconds graceful_timeout{60};
  std::string idempotency_key;
  std::string owner_uid;
};
struct DeleteRequest {
  std::string id;         // empty: the VM of the owner, also while it is being made
  std::string owner_uid;  // a VM marked with another UID is a kConflict
  bool keep_disks = false;
  std::string idempotency_key;
};
struct ReconfigureRequest {
  std::string id;
  VmSpec desired;
  std::string idempotency_key;
};

struct NicState {
  std::string name, mac, network;
  std::vector<std::string> ips;
  friend bool operator==(const NicState&, const NicState&) = default;
};
struct DiskState {
  std::string id, path, format;
  int64_t size_bytes = 0;
  friend bool operator==(const DiskState&, const DiskState&) = default;
};

// One VM as the hypervisor has it.
struct VmState {
  std::string id;
  std::string name;
  std::string owner_uid;  // empty: not ours
  PowerState power = PowerState::kUnknown;
  std::vector<std::string> ips;
  std::string console_url;
  std::string host;
  int32_t cpus = 0;
  int64_t memory_mib = 0;
  std::string guest_os;
  std::vector<NicState> nics;
  std::vector<DiskState> disks;
  std::map<std::string, std::string> raw;  // anything else worth showing; no secrets
  friend bool operator==(const VmState&, const VmState&) = default;
};
struct DescribeResult {
  bool exists = false;  // false only if the hypervisor was asked and does not have it
  VmState vm;
};

struct Capabilities {
  std::string provider_type, provider_version, hypervisor_version;  // added fields
  bool reconfigure_online = false, disk_expansion_online = false, snapshots = false,
       memory_snapshots = false, linked_clones = false, image_import = false, disk_export = false,
       disk_import = false, export_compression = false;
  std::vector<std::string> disk_types, network_types, export_formats, import_formats,
      export_backends, import_backends, transfer_modes;
  bool watch = false, bulk_describe = false,
       suspend = false;     // added RPCs that this provider serves
  bool owner_uids = false;  // keeps the owner's UID with each VM and finds VMs by it
};

struct ValidateResult {
  bool ok = false;
  std::string message;
};

struct ImagePrepareRequest {
  ImageSource image;
  std::string target_name;
  std::string storage_hint;
  std::string idempotency_key;
};
struct ImagePrepareResult {
  TaskRef task;
  std::string id, path;
};

struct SnapshotCreateRequest {
  std::string vm_id, name, description;
  bool include_memory = false;
  bool quiesce = false;
  std::string idempotency_key = {};
  std::string owner_uid = {};  // kConflict if the VM has another one; empty: not told
};
struct SnapshotCreateResult {
  std::string id;
  TaskRef task;
};
// To delete it, or to revert to it.
struct SnapshotRequest {
  std::string vm_id, snapshot_id;
  std::string idempotency_key = {};
  std::string owner_uid = {};  // kConflict if the VM has another one; empty: not told
};
struct CloneRequest {
  std::string source_id;
  bool linked = false;
  VmSpec target;
  std::string customize_json;
  std::string idempotency_key;
};

// One message of the Watch stream.
struct WatchUpdate {
  enum class Kind { kVm, kVmGone, kTask, kHealth, kSnapshotDone };
  Kind kind = Kind::kVm;
  VmState vm;           // kVm; for kVmGone only id and owner_uid
  std::string task_id;  // kTask
  TaskState task;       // kTask
  bool healthy = true;  // kHealth: whether the provider reaches its hypervisor
  std::string message;  // kHealth
  // Pass to the next Watch to skip what was seen; empty: none. Every stream begins with a kHealth:
  // with a token the stream was resumed, without one a full snapshot follows.
  std::string resume_token;
};

}  // namespace vr::rpc
