#include "api/v1beta1/vm_placement_policy.h"

#include <nlohmann/json.hpp>

#include "api/json_fields.h"
#include "api/kinds.h"

namespace vr::api {

namespace {

PlacementLists DecodeLists(const Json& json) {
  return {.clusters = Texts(json, "clusters"),
          .datastores = Texts(json, "datastores"),
          .hosts = Texts(json, "hosts"),
          .folders = Texts(json, "folders"),
          .networks = Texts(json, "networks"),
          .regions = Texts(json, "regions"),
          .zones = Texts(json, "zones"),
          .resource_pools = Texts(json, "resourcePools"),
          .excluded_clusters = Texts(json, "excludedClusters"),
          .excluded_datastores = Texts(json, "excludedDatastores"),
          .excluded_hosts = Texts(json, "excludedHosts"),
          .node_selector = TextMap(json, "nodeSelector")};
}

// "hostAntiAffinity" of the scope "host", with its member "maxVMsPerHost" or "preferredHosts".
std::map<std::string, PlacementRule> DecodeRules(const Json& json, const std::string& suffix) {
  std::map<std::string, PlacementRule> rules;
  for (const char* scope : {"application", "cluster", "datastore", "host", "zone"}) {
    const Json& given = Member(json, (scope + suffix).c_str());
    if (!given.is_object()) continue;
    std::string title = scope;
    title[0] = static_cast<char>(title[0] - 'a' + 'A');
    rules[scope] = {.enabled = Flag(given, "enabled"),
                    .strict = Text(given, "scope", "strict") == "strict",
                    .label = Text(given, "applicationLabel", "app"),
                    .preferred = Texts(given, ("preferred" + title + "s").c_str()),
                    .most = Whole<int32_t>(given, ("maxVMsPer" + title).c_str())};
  }
  return rules;
}

VmPlacementPolicySpec DecodeSpec(const Json& json, const kube::ObjectMeta&) {
  VmPlacementPolicySpec spec;
  spec.hard = DecodeLists(Member(json, "hard"));
  spec.soft = DecodeLists(Member(json, "soft"));
  spec.priority = Whole<int32_t>(json, "priority");
  spec.weight = Whole<int32_t>(json, "weight", 1);
  const Json& affinity = Member(json, "affinity");
  const Json& anti = Member(json, "antiAffinity");
  spec.affinity = DecodeRules(affinity, "Affinity");
  spec.anti_affinity = DecodeRules(anti, "AntiAffinity");
  spec.vm_affinity_json = JsonText(Member(affinity, "vmAffinity"));
  spec.vm_anti_affinity_json = JsonText(Member(anti, "vmAntiAffinity"));
  const Json& resources = Member(json, "resourceConstraints");
  spec.max_cpu_utilization = Whole<int32_t>(resources, "maxCPUUtilization");
  spec.max_memory_utilization = Whole<int32_t>(resources, "maxMemoryUtilization");
  spec.max_disk_utilization = Whole<int32_t>(resources, "maxDiskUtilization");
  spec.min_cpus = Whole<int32_t>(resources, "minCPUPerHost");
  spec.min_memory_mib = Mebibytes(resources, "minMemoryPerHost");
  spec.min_disk_mib = Mebibytes(resources, "minDiskSpacePerHost");
  spec.required_features = Texts(resources, "requiredFeatures");
  spec.preferred_features = Texts(resources, "preferredFeatures");
  spec.security_json = JsonText(Member(json, "securityConstraints"));
  return spec;
}

void DecodeStatus(const Json& json, VmPlacementPolicyStatus& status) {
  for (const Json& vm : Member(json, "usedByVMs")) status.used_by.push_back(Text(vm, "name"));
  const Json& stats = Member(json, "placementStats");
  status.successful = Whole<int32_t>(stats, "successfulPlacements");
  status.failed = Whole<int32_t>(stats, "failedPlacements");
  status.total = Whole<int32_t>(stats, "totalPlacements");
  status.violations = Whole<int32_t>(stats, "constraintViolations");
  const Json& distribution = Member(stats, "placementDistribution");
  if (!distribution.is_object()) return;
  for (const auto& [host, count] : distribution.items())
    status.distribution[host] = Whole<int32_t>(distribution, host.c_str());
}

}  // namespace
}  // namespace vr::api

namespace vr::kube {

VR_TYPE(api::VmPlacementPolicy, "VMPlacementPolicy")

Result<api::VmPlacementPolicy> ResourceTraits<api::VmPlacementPolicy>::Decode(const Json& object) {
  const api::PreparedObject prepared = api::Prepared("VMPlacementPolicy", object);
  const Json& json = *prepared.json;
  VR_ASSIGN_OR_RETURN(auto out, api::WithMeta<api::VmPlacementPolicy>(prepared));
  out.spec = api::DecodeSpec(api::Member(json, "spec"), out.meta);
  api::DecodeStatus(api::Member(json, "status"), out.status);
  return out;
}

Json ResourceTraits<api::VmPlacementPolicy>::EncodeStatus(const api::VmPlacementPolicy& object) {
  const api::VmPlacementPolicyStatus& status = object.status;
  Json out = Json::object();
  api::PutCommon(out, status.conditions, status.observed_generation);
  for (const std::string& vm : status.used_by) out["usedByVMs"].push_back({{"name", vm}});
  Json& stats = out["placementStats"];
  stats = {{"successfulPlacements", status.successful},
           {"failedPlacements", status.failed},
           {"totalPlacements", status.total},
           {"constraintViolations", status.violations}};
  if (!status.distribution.empty()) stats["placementDistribution"] = status.distribution;
  return out;
}

}  // namespace vr::kube
