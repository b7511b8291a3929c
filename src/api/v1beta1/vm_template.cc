#include "api/v1beta1/vm_template.h"

#include <nlohmann/json.hpp>

#include "api/json_fields.h"
#include "api/kinds.h"

namespace vr::api {

namespace {

VmTemplateSpec DecodeSpec(const Json& json, const kube::ObjectMeta& meta) {
  return VmTemplateSpec{.vm_name = Text(json, "sourceVM"),
                        .template_name = Text(json, "templateName", meta.name),
                        .datacenter = Text(json, "datacenter"),
                        .folder = Text(json, "targetFolder"),
                        .annotation = Text(json, "annotation"),
                        .power_off = Flag(json, "powerOff"),
                        .remove_snapshots = Flag(json, "removeSnapshots"),
                        .update_tools = Flag(json, "updateTools"),
                        .delete_with_object = Text(json, "deletionPolicy") == "Delete"};
}

void DecodeStatus(const Json& json, VmTemplateStatus& status) {
  status.phase = Text(json, "phase");
  status.message = Text(json, "message");
  status.task_ref = Text(json, "taskRef");
  status.template_id = Text(json, "templateID");
  status.template_name = Text(json, "templateName");
  status.provider_ref = OptionalRef(Member(json, "providerRef"));
  status.creation_time = Time(json, "creationTime");
}

}  // namespace
}  // namespace vr::api

namespace vr::kube {

VR_TYPE(api::VmTemplate, "VMTemplate")

Result<api::VmTemplate> ResourceTraits<api::VmTemplate>::Decode(const Json& object) {
  const api::PreparedObject prepared = api::Prepared("VMTemplate", object);
  const Json& json = *prepared.json;
  VR_ASSIGN_OR_RETURN(auto out, api::WithMeta<api::VmTemplate>(prepared));
  out.spec = api::DecodeSpec(api::Member(json, "spec"), out.meta);
  api::DecodeStatus(api::Member(json, "status"), out.status);
  return out;
}

Json ResourceTraits<api::VmTemplate>::EncodeStatus(const api::VmTemplate& object) {
  const api::VmTemplateStatus& status = object.status;
  Json out = Json::object();
  api::PutCommon(out, status.conditions, status.observed_generation);
  api::Put(out, "phase", status.phase);
  api::Put(out, "message", status.message);
  api::Put(out, "taskRef", status.task_ref);
  api::Put(out, "templateID", status.template_id);
  api::Put(out, "templateName", status.template_name);
  if (status.provider_ref) {
    out["providerRef"]["name"] = status.provider_ref->name;
    api::Put(out["providerRef"], "namespace", status.provider_ref->ns);
  }
  api::Put(out, "creationTime", status.creation_time);
  return out;
}

}  // namespace vr::kube
