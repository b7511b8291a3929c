#include "api/v1beta1/vm_migration.h"

#include <nlohmann/json.hpp>

#include "api/json_fields.h"
#include "api/kinds.h"

namespace vr::api {
namespace {

struct TextMember {
  const char* name;
  std::string VmMigrationStatus::*member;
};
constexpr TextMember kStatusTexts[] = {{"phase", &VmMigrationStatus::phase},
                                       {"message", &VmMigrationStatus::message},
                                       {"taskRef", &VmMigrationStatus::task_ref},
                                       {"exportID", &VmMigrationStatus::export_id},
                                       {"importID", &VmMigrationStatus::import_id},
                                       {"snapshotID", &VmMigrationStatus::snapshot_id},
                                       {"snapshotRef", &VmMigrationStatus::snapshot_ref},
                                       {"storagePVCName", &VmMigrationStatus::storage_pvc_name},
                                       {"targetVMID", &VmMigrationStatus::target_vm_id}};
constexpr TextMember kDiskTexts[] = {{"sourceDiskID", &VmMigrationStatus::source_disk_id},
                                     {"sourceFormat", &VmMigrationStatus::source_format},
                                     {"sourceChecksum", &VmMigrationStatus::source_checksum},
                                     {"targetDiskID", &VmMigrationStatus::target_disk_id},
                                     {"targetPath", &VmMigrationStatus::target_path},
                                     {"targetFormat", &VmMigrationStatus::target_format},
                                     {"targetChecksum", &VmMigrationStatus::target_checksum}};

}  // namespace

namespace {

MigrationStorage DecodeStorage(const Json& json) {
  MigrationStorage storage;
  storage.type = Text(json, "type", storage.type);
  storage.transfer_mode = Text(json, "transferMode", storage.transfer_mode);
  const Json& pvc = Member(json, "pvc");
  storage.pvc_name = Text(pvc, "name");
  storage.pvc_size = Text(pvc, "size");
  storage.storage_class = Text(pvc, "storageClassName");
  storage.access_mode = Text(pvc, "accessMode", storage.access_mode);
  storage.mount_path = Text(pvc, "mountPath", storage.mount_path);
  const Json& nfs = Member(json, "nfs");
  storage.nfs_server = Text(nfs, "server");
  storage.nfs_export = Text(nfs, "export");
  storage.nfs_path = Text(nfs, "path");
  storage.nfs_uid = OptionalWhole<int64_t>(nfs, "uid");
  storage.nfs_gid = OptionalWhole<int64_t>(nfs, "gid");
  storage.nfs_read_only = Flag(nfs, "readOnly");
  const Json& s3 = Member(json, "s3");
  storage.s3_bucket = Text(s3, "bucket");
  storage.s3_endpoint = Text(s3, "endpoint");
  storage.s3_region = Text(s3, "region");
  storage.s3_prefix = Text(s3, "prefix");
  storage.s3_credentials = OptionalRef(Member(s3, "credentialsSecretRef"));
  storage.s3_path_style = Flag(s3, "usePathStyle");
  return storage;
}

VmMigrationSpec DecodeSpec(const Json& json, const kube::ObjectMeta& meta) {
  VmMigrationSpec spec;
  const Json& source = Member(json, "source");
  spec.vm_name = NameOf(source, "vmRef");
  spec.snapshot_name = NameOf(source, "snapshotRef");
  spec.source_provider = OptionalRef(Member(source, "providerRef"));
  spec.create_snapshot = Flag(source, "createSnapshot", true);
  spec.delete_after = Flag(source, "deleteAfterMigration");
  spec.power_off_before = Flag(source, "powerOffBeforeMigration");
  const Json& target = Member(json, "target");
  spec.target = DecodeTarget(target, meta);
  spec.power_on = Flag(target, "powerOn");
  spec.storage = DecodeStorage(Member(json, "storage"));
  const Json& options = Member(json, "options");
  spec.disk_format = Text(options, "diskFormat");
  spec.cleanup_policy = Text(options, "cleanupPolicy", spec.cleanup_policy);
  spec.compress = Flag(options, "compress");
  spec.verify_checksums = Flag(options, "verifyChecksums", true);
  const Json& checks = Member(options, "validationChecks");
  spec.check_boot = Flag(checks, "checkBoot");
  spec.check_checksum = Flag(checks, "checkChecksum", true);
  spec.check_connectivity = Flag(checks, "checkConnectivity");
  spec.check_disk_size = Flag(checks, "checkDiskSize", true);
  spec.timeout = Span(options, "timeout", spec.timeout);
  spec.retry = DecodeRetry(options);
  return spec;
}

void DecodeStatus(const Json& json, VmMigrationStatus& status) {
  for (const auto& [name, member] : kStatusTexts) status.*member = Text(json, name);
  const Json& disk = Member(json, "diskInfo");
  for (const auto& [name, member] : kDiskTexts) status.*member = Text(disk, name);
  status.storage_url = Text(Member(json, "storageInfo"), "url");
  status.storage_cleaned_up = Flag(Member(json, "storageInfo"), "cleanedUp");
  status.target_name = NameOf(json, "targetVMRef");
  status.start_time = Time(json, "startTime");
  status.completion_time = Time(json, "completionTime");
  status.last_retry_time = Time(json, "lastRetryTime");
  status.retry_count = Whole<int32_t>(json, "retryCount");
  const Json& progress = Member(json, "progress");
  status.percentage = OptionalWhole<int32_t>(progress, "percentage");
  status.transferred_bytes = OptionalWhole<int64_t>(progress, "transferredBytes");
  status.total_bytes = OptionalWhole<int64_t>(progress, "totalBytes");
}

}  // namespace
}  // namespace vr::api

namespace vr::kube {

VR_TYPE(api::VmMigration, "VMMigration")

Result<api::VmMigration> ResourceTraits<api::VmMigration>::Decode(const Json& object) {
  const api::PreparedObject prepared = api::Prepared("VMMigration", object);
  const Json& json = *prepared.json;
  VR_ASSIGN_OR_RETURN(auto out, api::WithMeta<api::VmMigration>(prepared));
  out.spec = api::DecodeSpec(api::Member(json, "spec"), out.meta);
  api::DecodeStatus(api::Member(json, "status"), out.status);
  return out;
}

Json ResourceTraits<api::VmMigration>::EncodeStatus(const api::VmMigration& object) {
  const api::VmMigrationStatus& status = object.status;
  Json out = Json::object();
  api::PutCommon(out, status.conditions, status.observed_generation);
  for (const auto& [name, member] : api::kStatusTexts) api::Put(out, name, status.*member);
  Json disk = Json::object();
  for (const auto& [name, member] : api::kDiskTexts) api::Put(disk, name, status.*member);
  if (!disk.empty()) out["diskInfo"] = std::move(disk);
  if (!status.storage_url.empty()) out["storageInfo"]["url"] = status.storage_url;
  if (status.storage_cleaned_up) out["storageInfo"]["cleanedUp"] = true;
  if (!status.target_name.empty()) out["targetVMRef"]["name"] = status.target_name;
  api::Put(out, "startTime", status.start_time);
  api::Put(out, "completionTime", status.completion_time);
  api::Put(out, "lastRetryTime", status.last_retry_time);
  if (status.retry_count != 0) out["retryCount"] = status.retry_count;
  if (status.percentage) out["progress"]["percentage"] = *status.percentage;
  if (status.transferred_bytes) out["progress"]["transferredBytes"] = *status.transferred_bytes;
  if (status.total_bytes) out["progress"]["totalBytes"] = *status.total_bytes;
  return out;
}

}  // namespace vr::kube
