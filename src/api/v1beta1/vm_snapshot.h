// VMSnapshot: a snapshot of a VM, or a schedule that takes them.
#pragma once

#include "api/v1beta1/common.h"

namespace vr::api {

struct SnapshotSchedule {
  bool enabled = false, suspend = false;
  std::string cron_spec, timezone = "UTC";
  std::string concurrency_policy = "Forbid";  // Allow, Forbid, Replace
  int32_t successful_history = 3, failed_history = 1;
};

struct VmSnapshotSpec {
  std::string vm_name;
  std::string name;  // on the provider; empty: that of the object
  std::string description;
  std::string type = "Standard", consistency_level = "FilesystemConsistent";
  bool include_memory = false, quiesce = true, compression = false;
  bool encrypted = false;
  std::string encryption_key_provider, encryption_key_ref;
  std::optional<Duration> max_age;  // nothing: never by age
  int32_t max_count = 0;            // 0: no limit
  Duration grace_period = std::chrono::hours(24);
  bool delete_with_vm = true, preserve_pinned = true, pinned = false;
  SnapshotSchedule schedule;
};

struct VmSnapshotStatus {
  std::vector<kube::Condition> conditions;
  std::string phase, message, snapshot_id, task_ref;
  std::string size, virtual_size;  // quantities
  std::optional<WallTime> creation_time, completion_time, expiry_time;
  std::string parent;                 // name of a VMSnapshot
  std::vector<std::string> children;  // the same
  std::optional<int32_t> percentage;
  int64_t observed_generation = 0;
};

using VmSnapshot = kube::Object<VmSnapshotSpec, VmSnapshotStatus>;

}  // namespace vr::api

namespace vr::kube {
VR_RESOURCE_TRAITS(api::VmSnapshot)
}  // namespace vr::kube
