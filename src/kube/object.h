// The parts that all Kubernetes objects share.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace vr::kube {

// namespace/name; cluster-scoped objects have an empty namespace.
struct Key {
  std::string ns;
  std::string name;

  std::string ToString() const { return ns.empty() ? name : ns + "/" + name; }
  friend auto operator<=>(const Key&, const Key&) = default;
};

// A kind and where the API server serves it.
struct ResourceType {
  std::string group;    // "" = core
  std::string version;  // "v1beta1"
  std::string kind;     // "VirtualMachine"
  std::string plural;   // "virtualmachines"
  bool namespaced = true;

  std::string ApiVersion() const { return group.empty() ? version : group + "/" + version; }
  friend bool operator==(const ResourceType&, const ResourceType&) = default;
};

struct OwnerReference {
  std::string api_version;
  std::string kind;
  std::string name;
  std::string uid;
  bool controller = false;
  bool block_owner_deletion = false;
  friend bool operator==(const OwnerReference&, const OwnerReference&) = default;
};

// metav1.ObjectMeta without managedFields, which are dropped while decoding.
struct ObjectMeta {
  std::string name;
  std::string generate_name;
  std::string ns;
  std::string uid;
  std::string resource_version;
  int64_t generation = 0;
  std::optional<WallTime> creation_timestamp;
  std::optional<WallTime> deletion_timestamp;
  std::optional<int64_t> deletion_grace_period_seconds;
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  std::vector<std::string> finalizers;
  std::vector<OwnerReference> owner_references;

  Key key() const { return {ns, name}; }
  bool deleting() const { return deletion_timestamp.has_value(); }
  bool HasFinalizer(const std::string& finalizer) const;
  friend bool operator==(const ObjectMeta&, const ObjectMeta&) = default;
};

// metav1.Condition.
struct Condition {
  std::string type;
  std::string status = "Unknown";  // "True", "False" or "Unknown"
  std::string reason;
  std::string message;
  int64_t observed_generation = 0;
  std::optional<WallTime> last_transition_time;
  friend bool operator==(const Condition&, const Condition&) = default;
};

// The condition of that type, or nullptr.
const Condition* FindCondition(const std::vector<Condition>& conditions, const std::string& type);

// Adds or replaces by type. last_transition_time becomes `now` only if the status changed;
// otherwise it is kept.
void SetCondition(std::vector<Condition>& conditions, Condition condition, WallTime now);

// An object of some kind: metadata, spec, status. The api room instantiates it.
template <class SpecT, class StatusT>
struct Object {
  using Spec = SpecT;
  using StatusType = StatusT;
  ObjectMeta meta;
  SpecT spec;
  StatusT status;
  // What is wrong with the spec, each for people: an API server without our admission stored it.
  // Nobody acts on such a spec; empty for a sound one.
  std::vector<std::string> findings;
};

}  // namespace vr::kube
