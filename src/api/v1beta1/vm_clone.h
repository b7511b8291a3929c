// VMClone: a copy of a VM, made once.
#pragma once

#include "api/v1beta1/common.h"

namespace vr::api {

struct VmCloneSpec {
  // Exactly one is set.
  std::string vm_name, snapshot_name;
  std::optional<ObjectRef> template_ref, image_ref;
  TargetVm target;
  std::string type = "FullClone";  // FullClone, LinkedClone, InstantClone
  bool power_on = false, include_snapshots = false, parallel = false;
  Duration timeout = std::chrono::minutes(30);
  RetryPolicy retry;
  std::string datastore, folder, storage_class, disk_format;
  std::string options_json;        // spec.options as canonical JSON
  std::string customization_json;  // spec.customization as canonical JSON; "" if not given
};

struct VmCloneStatus {
  std::vector<kube::Condition> conditions;
  std::string phase, message, task_ref, actual_clone_type, target_name, target_vm_id;
  std::optional<WallTime> start_time, completion_time, last_retry_time;
  int32_t retry_count = 0;
  std::optional<int32_t> percentage;
  int64_t observed_generation = 0;
};

using VmClone = kube::Object<VmCloneSpec, VmCloneStatus>;

}  // namespace vr::api

namespace vr::kube {
VR_RESOURCE_TRAITS(api::VmClone)
}  // namespace vr::kube
