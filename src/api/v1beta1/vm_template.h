// VMTemplate: turns a VM into a template on its provider, once.
#pragma once

#include "api/v1beta1/common.h"

namespace vr::api {

struct VmTemplateSpec {
  std::string vm_name;
  std::string template_name;  // never empty: that of the object if the user gives none
  std::string datacenter, folder, annotation;
  bool power_off = false, remove_snapshots = false, update_tools = false;
  bool delete_with_object = false;  // deletionPolicy Delete
};

struct VmTemplateStatus {
  std::vector<kube::Condition> conditions;
  std::string phase, message, task_ref, template_id, template_name;
  std::optional<ObjectRef> provider_ref;
  std::optional<WallTime> creation_time;
  int64_t observed_generation = 0;
};

using VmTemplate = kube::Object<VmTemplateSpec, VmTemplateStatus>;

}  // namespace vr::api

namespace vr::kube {
VR_RESOURCE_TRAITS(api::VmTemplate)
}  // namespace vr::kube
