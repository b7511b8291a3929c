// Lease: who holds something (coordination.k8s.io/v1), with optimistic locking.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "base/context.h"
#include "kube/client.h"

namespace vr::kube {

struct Lease {
  Key key;
  std::string resource_version;  // of the state that was read; empty for a new one
  std::string holder;            // empty: nobody
  std::chrono::seconds duration{0};
  std::optional<WallTime> acquired;
  std::optional<WallTime> renewed;
  int64_t transitions = 0;
  std::shared_ptr<const nlohmann::json> object;  // as read: keeps the fields that are not ours
};

// kInvalidSpec for fields of a wrong type.
Result<Lease> DecodeLease(const nlohmann::json& object);

// kNotFound if there is none.
Result<Lease> GetLease(const Context& ctx, const Client& client, const Key& key);
// kConflict if there is one.
Result<Lease> CreateLease(const Context& ctx, const Client& client, const Lease& lease);
// kStale if somebody wrote it since `lease` was read.
Result<Lease> UpdateLease(const Context& ctx, const Client& client, const Lease& lease);

}  // namespace vr::kube
