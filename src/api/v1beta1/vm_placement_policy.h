// VMPlacementPolicy: where VMs that refer to it may and should run.
#pragma once

#include "api/v1beta1/common.h"

namespace vr::api {

struct PlacementLists {
  std::vector<std::string> clusters, datastores, hosts, folders, networks, regions, zones,
      resource_pools, excluded_clusters, excluded_datastores, excluded_hosts;
  std::map<std::string, std::string> node_selector;
};

// One of the rules that keep VMs together or apart.
struct PlacementRule {
  bool enabled = false;
  bool strict = true;
  std::string label = "app";           // applicationAffinity and its opposite
  std::vector<std::string> preferred;  // affinity: places to try first
  int32_t most = 0;                    // anti-affinity: VMs per place; 0: one
};

struct VmPlacementPolicySpec {
  PlacementLists hard, soft;
  int32_t priority = 0, weight = 1;
  // By scope: "application", "cluster", "datastore", "host", "zone".
  std::map<std::string, PlacementRule> affinity, anti_affinity;
  std::string vm_affinity_json, vm_anti_affinity_json;  // canonical JSON; "" if not given
  int32_t max_cpu_utilization = 0, max_memory_utilization = 0, max_disk_utilization = 0;  // percent
  int32_t min_cpus = 0;
  int64_t min_memory_mib = 0, min_disk_mib = 0;
  std::vector<std::string> required_features, preferred_features;
  std::string security_json;  // spec.securityConstraints as canonical JSON; "" if not given
};

struct VmPlacementPolicyStatus {
  std::vector<kube::Condition> conditions;
  std::vector<std::string> used_by;  // VMs of the namespace
  int32_t successful = 0, failed = 0, total = 0, violations = 0;
  std::map<std::string, int32_t> distribution;  // VMs by host
  int64_t observed_generation = 0;
};

using VmPlacementPolicy = kube::Object<VmPlacementPolicySpec, VmPlacementPolicyStatus>;

}  // namespace vr::api

namespace vr::kube {
VR_RESOURCE_TRAITS(api::VmPlacementPolicy)
}  // namespace vr::kube
