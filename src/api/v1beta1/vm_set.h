// VMSet: a number of VMs of one template.
#pragma once

#include "api/v1beta1/common.h"

namespace vr::api {

struct SelectorRequirement {
  std::string key, op;  // In, NotIn, Exists, DoesNotExist
  std::vector<std::string> values;
  friend bool operator==(const SelectorRequirement&, const SelectorRequirement&) = default;
};

struct LabelSelector {
  std::map<std::string, std::string> match_labels;
  std::vector<SelectorRequirement> match_expressions;
  // "app=web,tier in (a,b)": as list calls and status.selector want it.
  std::string ToString() const;
  bool Matches(const std::map<std::string, std::string>& labels) const;
};

// A number or a percentage of the replicas.
struct IntOrPercent {
  int32_t value = 0;
  bool percent = false;
  // Rounded up or down as asked.
  int32_t Of(int32_t total, bool round_up) const;
};

// The label that VMs of a set carry when neither selector nor template give one.
inline constexpr const char* kVmSetLabel = "virtrigaud.io/vmset";

struct VmSetSpec {
  int32_t replicas = 1, min_ready_seconds = 0, revision_history_limit = 10, first_ordinal = 0;
  LabelSelector selector;                     // never empty: derived when the user gives none
  TemplateMeta template_meta;                 // its labels satisfy selector.match_labels
  std::string template_spec_json;             // VirtualMachine.spec, canonical, with defaults
  std::string update_type = "RollingUpdate";  // RollingUpdate, OnDelete, Recreate
  IntOrPercent max_unavailable{25, true}, max_surge{25, true};
  int32_t partition = 0;
  bool parallel = false;  // podManagementPolicy
  std::string service_name;
  std::vector<std::string> without_effect;  // paths that are set and that nothing acts on yet
};

struct VmSetMember {
  std::string name, phase, revision, message;
  bool ready = false;
  friend bool operator==(const VmSetMember&, const VmSetMember&) = default;
};

struct VmSetStatus {
  std::vector<kube::Condition> conditions;
  int32_t replicas = 0, ready_replicas = 0, available_replicas = 0, updated_replicas = 0,
          current_replicas = 0, collision_count = 0;
  std::string selector, current_revision, update_revision;
  std::string update_phase, update_message;  // "": no update
  std::vector<VmSetMember> members;
  int64_t observed_generation = 0;
};

using VmSet = kube::Object<VmSetSpec, VmSetStatus>;

}  // namespace vr::api

namespace vr::kube {
VR_RESOURCE_TRAITS(api::VmSet)
}  // namespace vr::kube
