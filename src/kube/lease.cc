#include "kube/lease.h"

#include <nlohmann/json.hpp>

#include "base/timestamp.h"
#include "kube/meta_json.h"

namespace vr::kube {
namespace {

const ResourceType& Leases() {
  static const ResourceType type{"coordination.k8s.io", "v1", "Lease", "leases", true};
  return type;
}

Error Bad(const Key& key, const char* field, const char* expected) {
  return Error{ErrorKind::kInvalidSpec,
               "lease " + key.ToString() + ": spec." + field + " must be " + expected +
                   "; delete the lease to start anew",
               {}};
}

Result<std::optional<WallTime>> TimeAt(const Key& key, const Json& spec, const char* field) {
  const auto it = spec.find(field);
  if (it == spec.end() || it->is_null()) return std::optional<WallTime>();
  if (!it->is_string()) return Bad(key, field, "a time");
  const auto time = ParseTimestamp(it->get_ref<const std::string&>());
  if (!time) return Bad(key, field, "an RFC 3339 time");
  return std::optional<WallTime>(*time);
}

Result<int64_t> NumberAt(const Key& key, const Json& spec, const char* field) {
  const auto it = spec.find(field);
  if (it == spec.end() || it->is_null()) return int64_t{0};
  if (!it->is_number_integer()) return Bad(key, field, "a whole number");
  return it->get<int64_t>();
}

Json EncodeLease(const Lease& lease) {
  Json object = lease.object ? *lease.object : Json::object();
  object["apiVersion"] = Leases().ApiVersion();
  object["kind"] = Leases().kind;
  object["metadata"]["name"] = lease.key.name;
  object["metadata"]["namespace"] = lease.key.ns;
  if (!lease.resource_version.empty())
    object["metadata"]["resourceVersion"] = lease.resource_version;
  Json& spec = object["spec"];
  spec["holderIdentity"] = lease.holder;
  spec["leaseDurationSeconds"] = lease.duration.count();
  spec["leaseTransitions"] = lease.transitions;
  if (lease.acquired) spec["acquireTime"] = FormatMicroTimestamp(*lease.acquired);
  if (lease.renewed) spec["renewTime"] = FormatMicroTimestamp(*lease.renewed);
  return object;
}

Result<Lease> Decoded(const Result<Json>& object) {
  if (!object) return object.error();
  return DecodeLease(*object);
}

}  // namespace

Result<Lease> DecodeLease(const Json& object) {
  Lease lease{.key = KeyOf(object), .resource_version = ResourceVersionOf(object)};
  lease.object = std::make_shared<const Json>(object);
  const auto found = object.find("spec");
  if (found == object.end() || found->is_null()) return lease;
  if (!found->is_object()) return Bad(lease.key, "holderIdentity", "in a mapping");
  const Json& spec = *found;
  if (const auto holder = spec.find("holderIdentity"); holder != spec.end() && !holder->is_null()) {
    if (!holder->is_string()) return Bad(lease.key, "holderIdentity", "text");
    lease.holder = holder->get<std::string>();
  }
  VR_ASSIGN_OR_RETURN(const int64_t seconds, NumberAt(lease.key, spec, "leaseDurationSeconds"));
  lease.duration = std::chrono::seconds(seconds);
  VR_ASSIGN_OR_RETURN(lease.transitions, NumberAt(lease.key, spec, "leaseTransitions"));
  VR_ASSIGN_OR_RETURN(lease.acquired, TimeAt(lease.key, spec, "acquireTime"));
  VR_ASSIGN_OR_RETURN(lease.renewed, TimeAt(lease.key, spec, "renewTime"));
  return lease;
}

Result<Lease> GetLease(const Context& ctx, const Client& client, const Key& key) {
  return Decoded(client.Get(ctx, Leases(), key));
}

Result<Lease> CreateLease(const Context& ctx, const Client& client, const Lease& lease) {
  return Decoded(client.Create(ctx, Leases(), EncodeLease(lease)));
}

Result<Lease> UpdateLease(const Context& ctx, const Client& client, const Lease& lease) {
  if (lease.resource_version.empty()) {
    return Error{ErrorKind::kInternal,
                 "update lease " + lease.key.ToString() + ": it was not read before",
                 {}};
  }
  return Decoded(client.Update(ctx, Leases(), EncodeLease(lease)));
}

}  // namespace vr::kube
