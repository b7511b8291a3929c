// VMMigration: a move of a VM to another provider, made once.
#pragma once

#include "api/v1beta1/common.h"

namespace vr::api {

struct MigrationStorage {
  std::string type = "pvc";  // pvc, nfs, s3
  std::string transfer_mode = "auto";
  std::string pvc_name, pvc_size, storage_class, access_mode = "ReadWriteMany",
                                                 mount_path = "/mnt/migration-storage";
  std::string nfs_server, nfs_export, nfs_path;
  std::optional<int64_t> nfs_uid, nfs_gid;
  bool nfs_read_only = false;
  std::string s3_bucket, s3_endpoint, s3_region, s3_prefix;
  std::optional<ObjectRef> s3_credentials;
  bool s3_path_style = false;
};

struct VmMigrationSpec {
  std::string vm_name, snapshot_name;
  std::optional<ObjectRef> source_provider;  // nothing: the VM's own
  bool create_snapshot = true, delete_after = false, power_off_before = false;
  TargetVm target;
  bool power_on = false;
  MigrationStorage storage;
  std::string disk_format, cleanup_policy = "OnSuccess";
  bool compress = false, verify_checksums = true;
  bool check_boot = false, check_checksum = true, check_connectivity = false,
       check_disk_size = true;
  Duration timeout = std::chrono::hours(4);
  RetryPolicy retry;
};

struct VmMigrationStatus {
  std::vector<kube::Condition> conditions;
  std::string phase, message, task_ref, export_id, import_id, snapshot_id, snapshot_ref,
      storage_pvc_name, storage_url, target_vm_id, target_name;
  bool storage_cleaned_up = false;
  std::string source_disk_id, source_format, source_checksum, target_disk_id, target_path,
      target_format, target_checksum;
  std::optional<WallTime> start_time, completion_time, last_retry_time;
  int32_t retry_count = 0;
  std::optional<int32_t> percentage;
  std::optional<int64_t> transferred_bytes, total_bytes;
  int64_t observed_generation = 0;
};

using VmMigration = kube::Object<VmMigrationSpec, VmMigrationStatus>;

}  // namespace vr::api

namespace vr::kube {
VR_RESOURCE_TRAITS(api::VmMigration)
}  // namespace vr::kube
