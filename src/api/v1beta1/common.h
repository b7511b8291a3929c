// Parts that several kinds share.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/quantity.h"
#include "kube/object.h"
#include "kube/typed_client.h"

namespace vr::api {

// A reference to another object; an empty namespace means that of the referring object.
struct ObjectRef {
  std::string name;
  std::string ns;
  kube::Key Resolve(const std::string& own_ns) const { return {ns.empty() ? own_ns : ns, name}; }
  friend bool operator==(const ObjectRef&, const ObjectRef&) = default;
};

struct Resources {
  int32_t cpu = 0;         // 0: not set
  int64_t memory_mib = 0;  // 0: not set
  friend bool operator==(const Resources&, const Resources&) = default;
};

struct VmDisk {
  std::string name, type, storage_class, expand_policy;
  int64_t size_gib = 0;
};

struct VmNetwork {
  std::string name;
  std::optional<ObjectRef> network_ref;
  std::string ip_address, gateway, dns, mac_address, bridge, port_group, adapter;
  int32_t prefix = 0;
  int32_t vlan = 0;
};

// Text given in place or in a Secret of the same namespace.
struct TextSource {
  std::string inline_text;
  std::string secret_name;
  bool empty() const { return inline_text.empty() && secret_name.empty(); }
};

struct ImportedDisk {
  std::string disk_id, path, format, source;
  int64_t size_gib = 0;
};

struct UsageStatus {
  std::vector<kube::Condition> conditions;
  int64_t observed_generation = 0;
};

// How often, and how fast, something that failed is tried again.
struct RetryPolicy {
  int32_t max_retries = 3;
  int32_t backoff_multiplier = 2;
  Duration retry_delay = std::chrono::minutes(5);
};

// Labels and annotations of an object that a controller makes.
struct TemplateMeta {
  std::map<std::string, std::string> labels, annotations;
};

// The VirtualMachine that a clone or a migration makes. Lists are JSON text as in
// VirtualMachine.spec: they are copied there.
struct TargetVm {
  ObjectRef vm;  // resolved: name and namespace of the new object
  TemplateMeta meta;
  std::optional<ObjectRef> class_ref, provider_ref, image_ref;
  std::string placement_ref;
  std::string disks_json, networks_json;  // "" if not given
};

}  // namespace vr::api

// EncodeStatus gives the whole value of "status"; parts that the type does not hold are not in it.
#define VR_RESOURCE_TRAITS(type)                    \
  template <>                                       \
  struct ResourceTraits<type> {                     \
    static const ResourceType& Type();              \
    static Result<type> Decode(const Json& object); \
    static Json EncodeStatus(const type& object);   \
  };
