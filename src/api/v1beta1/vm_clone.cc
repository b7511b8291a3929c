#include "api/v1beta1/vm_clone.h"

#include <nlohmann/json.hpp>

#include "api/json_fields.h"
#include "api/kinds.h"

namespace vr::api {

namespace {

VmCloneSpec DecodeSpec(const Json& json, const kube::ObjectMeta& meta) {
  VmCloneSpec spec;
  const Json& source = Member(json, "source");
  spec.vm_name = NameOf(source, "vmRef");
  spec.snapshot_name = NameOf(source, "snapshotRef");
  spec.template_ref = OptionalRef(Member(source, "templateRef"));
  spec.image_ref = OptionalRef(Member(source, "imageRef"));
  spec.target = DecodeTarget(Member(json, "target"), meta);
  const Json& options = Member(json, "options");
  spec.type = Text(options, "type", spec.type);
  spec.power_on = Flag(options, "powerOn");
  spec.include_snapshots = Flag(options, "includeSnapshots");
  spec.parallel = Flag(options, "parallel");
  spec.timeout = Span(options, "timeout", spec.timeout);
  spec.retry = DecodeRetry(options);
  const Json& storage = Member(options, "storage");
  spec.datastore = Text(storage, "datastore");
  spec.folder = Text(storage, "folder");
  spec.storage_class = Text(storage, "storageClass");
  spec.disk_format = Text(storage, "diskFormat");
  spec.options_json = JsonText(options);
  spec.customization_json = JsonText(Member(json, "customization"));
  return spec;
}

void DecodeStatus(const Json& json, VmCloneStatus& status) {
  status.phase = Text(json, "phase");
  status.message = Text(json, "message");
  status.task_ref = Text(json, "taskRef");
  status.actual_clone_type = Text(json, "actualCloneType");
  status.target_name = NameOf(json, "targetRef");
  status.target_vm_id = Text(json, "targetVMID");
  status.start_time = Time(json, "startTime");
  status.completion_time = Time(json, "completionTime");
  status.last_retry_time = Time(json, "lastRetryTime");
  status.retry_count = Whole<int32_t>(json, "retryCount");
  status.percentage = OptionalWhole<int32_t>(Member(json, "progress"), "overallPercentage");
}

}  // namespace
}  // namespace vr::api

namespace vr::kube {

VR_TYPE(api::VmClone, "VMClone")

Result<api::VmClone> ResourceTraits<api::VmClone>::Decode(const Json& object) {
  const api::PreparedObject prepared = api::Prepared("VMClone", object);
  const Json& json = *prepared.json;
  VR_ASSIGN_OR_RETURN(auto out, api::WithMeta<api::VmClone>(prepared));
  out.spec = api::DecodeSpec(api::Member(json, "spec"), out.meta);
  api::DecodeStatus(api::Member(json, "status"), out.status);
  return out;
}

Json ResourceTraits<api::VmClone>::EncodeStatus(const api::VmClone& object) {
  const api::VmCloneStatus& status = object.status;
  Json out = Json::object();
  api::PutCommon(out, status.conditions, status.observed_generation);
  api::Put(out, "phase", status.phase);
  api::Put(out, "message", status.message);
  api::Put(out, "taskRef", status.task_ref);
  api::Put(out, "actualCloneType", status.actual_clone_type);
  if (!status.target_name.empty()) out["targetRef"]["name"] = status.target_name;
  api::Put(out, "targetVMID", status.target_vm_id);
  api::Put(out, "startTime", status.start_time);
  api::Put(out, "completionTime", status.completion_time);
  api::Put(out, "lastRetryTime", status.last_retry_time);
  if (status.retry_count != 0) out["retryCount"] = status.retry_count;
  if (status.percentage) out["progress"]["overallPercentage"] = *status.percentage;
  return out;
}

}  // namespace vr::kube
