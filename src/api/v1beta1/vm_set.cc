#include "api/v1beta1/vm_set.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "api/json_fields.h"
#include "api/kinds.h"

namespace vr::api {

std::string LabelSelector::ToString() const {
  std::string out;
  const auto add = [&](const std::string& part) { out += (out.empty() ? "" : ",") + part; };
  for (const auto& [key, value] : match_labels) add(key + "=" + value);
  for (const SelectorRequirement& item : match_expressions) {
    std::string values;
    for (const std::string& value : item.values) values += (values.empty() ? "" : ",") + value;
    if (item.op == "In") add(item.key + " in (" + values + ")");
    if (item.op == "NotIn") add(item.key + " notin (" + values + ")");
    if (item.op == "Exists") add(item.key);
    if (item.op == "DoesNotExist") add("!" + item.key);
  }
  return out;
}

bool LabelSelector::Matches(const std::map<std::string, std::string>& labels) const {
  for (const auto& [key, value] : match_labels) {
    const auto it = labels.find(key);
    if (it == labels.end() || it->second != value) return false;
  }
  return std::all_of(
      match_expressions.begin(), match_expressions.end(), [&](const SelectorRequirement& item) {
        const auto it = labels.find(item.key);
        const bool there = it != labels.end();
        const bool listed = there && std::find(item.values.begin(), item.values.end(),
                                               it->second) != item.values.end();
        if (item.op == "In") return listed;
        if (item.op == "NotIn") return !listed;
        return item.op == "Exists" ? there : !there;
      });
}

int32_t IntOrPercent::Of(int32_t total, bool round_up) const {
  if (!percent) return value;
  const int64_t product = int64_t{value} * total;
  return static_cast<int32_t>((product + (round_up ? 99 : 0)) / 100);
}

namespace {

struct Count {
  const char* name;
  int32_t VmSetStatus::*member;
};
constexpr Count kCounts[] = {{"replicas", &VmSetStatus::replicas},
                             {"readyReplicas", &VmSetStatus::ready_replicas},
                             {"availableReplicas", &VmSetStatus::available_replicas},
                             {"updatedReplicas", &VmSetStatus::updated_replicas},
                             {"currentReplicas", &VmSetStatus::current_replicas},
                             {"collisionCount", &VmSetStatus::collision_count}};

}  // namespace

namespace {

LabelSelector DecodeSelector(const Json& json) {
  LabelSelector selector{.match_labels = TextMap(json, "matchLabels"), .match_expressions = {}};
  for (const Json& item : Member(json, "matchExpressions")) {
    selector.match_expressions.push_back(
        {.key = Text(item, "key"), .op = Text(item, "operator"), .values = Texts(item, "values")});
  }
  return selector;
}

// A selector that the user does not give is the template's labels, or the set's own label.
void DeriveSelector(const std::string& set_name, VmSetSpec& spec) {
  LabelSelector& selector = spec.selector;
  if (selector.match_labels.empty() && selector.match_expressions.empty()) {
    selector.match_labels = spec.template_meta.labels;
    if (selector.match_labels.empty()) selector.match_labels = {{kVmSetLabel, set_name}};
  }
  for (const auto& [key, value] : selector.match_labels)
    spec.template_meta.labels.emplace(key, value);
}

// What is no amount gives the fallback: validation has a finding about it.
IntOrPercent DecodeAmount(const Json& json, const char* name, IntOrPercent fallback) {
  if (const auto number = OptionalWhole<int32_t>(json, name)) return IntOrPercent{*number, false};
  std::string text = Text(json, name);
  if (text.empty()) return fallback;
  IntOrPercent amount;
  amount.percent = text.back() == '%';
  if (amount.percent) text.pop_back();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount.value);
  const bool whole = !text.empty() && error == std::errc() && end == text.data() + text.size();
  return whole ? amount : fallback;
}

// Settings that stand for volumes and names of a cluster, which VMs do not have.
std::vector<std::string> WithoutEffect(const Json& json) {
  std::vector<std::string> out;
  for (const char* name :
       {"serviceName", "volumeClaimTemplates", "persistentVolumeClaimRetentionPolicy"}) {
    if (!Member(json, name).is_null()) out.push_back(std::string("spec.") + name);
  }
  return out;
}

VmSetSpec DecodeSpec(const Json& json, const kube::ObjectMeta& meta) {
  VmSetSpec spec;
  spec.replicas = Whole<int32_t>(json, "replicas", 1);
  spec.min_ready_seconds = Whole<int32_t>(json, "minReadySeconds");
  spec.revision_history_limit = Whole<int32_t>(json, "revisionHistoryLimit", 10);
  spec.first_ordinal = Whole<int32_t>(Member(json, "ordinals"), "start");
  spec.service_name = Text(json, "serviceName");
  const Json& vm_template = Member(json, "template");
  spec.template_meta = DecodeTemplateMeta(Member(vm_template, "metadata"));
  spec.template_spec_json = JsonText(Member(vm_template, "spec"));
  spec.selector = DecodeSelector(Member(json, "selector"));
  DeriveSelector(meta.name, spec);
  const Json& strategy = Member(json, "updateStrategy");
  spec.update_type = Text(strategy, "type", spec.update_type);
  const Json& rolling = Member(strategy, "rollingUpdate");
  spec.max_unavailable = DecodeAmount(rolling, "maxUnavailable", spec.max_unavailable);
  spec.max_surge = DecodeAmount(rolling, "maxSurge", spec.max_surge);
  spec.partition = Whole<int32_t>(rolling, "partition");
  spec.parallel = Text(rolling, "podManagementPolicy") == "Parallel";
  spec.without_effect = WithoutEffect(json);
  return spec;
}

void DecodeStatus(const Json& json, VmSetStatus& status) {
  for (const auto& [name, member] : kCounts) status.*member = Whole<int32_t>(json, name);
  status.selector = Text(json, "selector");
  status.current_revision = Text(json, "currentRevision");
  status.update_revision = Text(json, "updateRevision");
  status.update_phase = Text(Member(json, "updateStatus"), "phase");
  status.update_message = Text(Member(json, "updateStatus"), "message");
  for (const Json& item : Member(json, "vmStatus")) {
    status.members.push_back({.name = Text(item, "name"),
                              .phase = Text(item, "phase"),
                              .revision = Text(item, "revision"),
                              .message = Text(item, "message"),
                              .ready = Flag(item, "ready")});
  }
}

}  // namespace
}  // namespace vr::api

namespace vr::kube {

VR_TYPE(api::VmSet, "VMSet")

Result<api::VmSet> ResourceTraits<api::VmSet>::Decode(const Json& object) {
  const api::PreparedObject prepared = api::Prepared("VMSet", object);
  const Json& json = *prepared.json;
  VR_ASSIGN_OR_RETURN(auto out, api::WithMeta<api::VmSet>(prepared));
  out.spec = api::DecodeSpec(api::Member(json, "spec"), out.meta);
  api::DecodeStatus(api::Member(json, "status"), out.status);
  return out;
}

Json ResourceTraits<api::VmSet>::EncodeStatus(const api::VmSet& object) {
  const api::VmSetStatus& status = object.status;
  Json out = Json::object();
  api::PutCommon(out, status.conditions, status.observed_generation);
  for (const auto& [name, member] : api::kCounts) out[name] = status.*member;
  api::Put(out, "selector", status.selector);
  api::Put(out, "currentRevision", status.current_revision);
  api::Put(out, "updateRevision", status.update_revision);
  if (!status.update_phase.empty()) out["updateStatus"]["phase"] = status.update_phase;
  if (!status.update_message.empty()) out["updateStatus"]["message"] = status.update_message;
  for (const api::VmSetMember& member : status.members) {
    Json item = {{"name", member.name}, {"ready", member.ready}};
    api::Put(item, "phase", member.phase);
    api::Put(item, "revision", member.revision);
    api::Put(item, "message", member.message);
    out["vmStatus"].push_back(std::move(item));
  }
  return out;
}

}  // namespace vr::kube
