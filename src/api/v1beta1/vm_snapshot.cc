#include "api/v1beta1/vm_snapshot.h"

#include <nlohmann/json.hpp>

#include "api/json_fields.h"
#include "api/kinds.h"

namespace vr::api {

namespace {

SnapshotSchedule DecodeSchedule(const Json& json) {
  return {.enabled = Flag(json, "enabled"),
          .suspend = Flag(json, "suspend"),
          .cron_spec = Text(json, "cronSpec"),
          .timezone = Text(json, "timezone", "UTC"),
          .concurrency_policy = Text(json, "concurrencyPolicy", "Forbid"),
          .successful_history = Whole<int32_t>(json, "successfulJobsHistoryLimit", 3),
          .failed_history = Whole<int32_t>(json, "failedJobsHistoryLimit", 1)};
}

VmSnapshotSpec DecodeSpec(const Json& json, const kube::ObjectMeta&) {
  VmSnapshotSpec spec;
  spec.vm_name = NameOf(json, "vmRef");
  const Json& config = Member(json, "snapshotConfig");
  spec.name = Text(config, "name");
  spec.description = Text(config, "description");
  spec.type = Text(config, "type", spec.type);
  spec.consistency_level = Text(config, "consistencyLevel", spec.consistency_level);
  spec.include_memory = Flag(config, "includeMemory");
  spec.quiesce = Flag(config, "quiesce", true);
  spec.compression = Flag(config, "compression");
  const Json& encryption = Member(config, "encryption");
  spec.encrypted = Flag(encryption, "enabled");
  spec.encryption_key_provider = Text(encryption, "keyProvider");
  spec.encryption_key_ref = NameOf(encryption, "keyRef");
  const Json& retention = Member(json, "retentionPolicy");
  if (!Text(retention, "maxAge").empty()) {
    spec.max_age = Span(retention, "maxAge", {});
  }
  spec.max_count = Whole<int32_t>(retention, "maxCount");
  spec.grace_period = Span(retention, "gracePeriod", spec.grace_period);
  spec.delete_with_vm = Flag(retention, "deleteOnVMDelete", true);
  spec.preserve_pinned = Flag(retention, "preservePinned", true);
  spec.pinned = Flag(Member(json, "metadata"), "pinned");
  spec.schedule = DecodeSchedule(Member(json, "schedule"));
  return spec;
}

void DecodeStatus(const Json& json, VmSnapshotStatus& status) {
  status.phase = Text(json, "phase");
  status.message = Text(json, "message");
  status.snapshot_id = Text(json, "snapshotID");
  status.task_ref = Text(json, "taskRef");
  status.size = Text(json, "size");
  status.virtual_size = Text(json, "virtualSize");
  status.creation_time = Time(json, "creationTime");
  status.completion_time = Time(json, "completionTime");
  status.expiry_time = Time(json, "expiryTime");
  status.parent = NameOf(json, "parent");
  for (const Json& child : Member(json, "children")) status.children.push_back(Text(child, "name"));
  status.percentage = OptionalWhole<int32_t>(Member(json, "progress"), "percentage");
}

}  // namespace
}  // namespace vr::api

namespace vr::kube {

VR_TYPE(api::VmSnapshot, "VMSnapshot")

Result<api::VmSnapshot> ResourceTraits<api::VmSnapshot>::Decode(const Json& object) {
  const api::PreparedObject prepared = api::Prepared("VMSnapshot", object);
  const Json& json = *prepared.json;
  VR_ASSIGN_OR_RETURN(auto out, api::WithMeta<api::VmSnapshot>(prepared));
  out.spec = api::DecodeSpec(api::Member(json, "spec"), out.meta);
  api::DecodeStatus(api::Member(json, "status"), out.status);
  return out;
}

Json ResourceTraits<api::VmSnapshot>::EncodeStatus(const api::VmSnapshot& object) {
  const api::VmSnapshotStatus& status = object.status;
  Json out = Json::object();
  api::PutCommon(out, status.conditions, status.observed_generation);
  api::Put(out, "phase", status.phase);
  api::Put(out, "message", status.message);
  api::Put(out, "snapshotID", status.snapshot_id);
  api::Put(out, "taskRef", status.task_ref);
  api::Put(out, "size", status.size);
  api::Put(out, "virtualSize", status.virtual_size);
  api::Put(out, "creationTime", status.creation_time);
  api::Put(out, "completionTime", status.completion_time);
  api::Put(out, "expiryTime", status.expiry_time);
  if (!status.parent.empty()) out["parent"]["name"] = status.parent;
  for (const std::string& child : status.children) out["children"].push_back({{"name", child}});
  if (status.percentage) out["progress"]["percentage"] = *status.percentage;
  return out;
}

}  // namespace vr::kube
