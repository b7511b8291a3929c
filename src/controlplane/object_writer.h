// ObjectWriter: create, update, patch and delete, from a request's body to a committed object.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/clock.h"
#include "controlplane/patches.h"
#include "controlplane/request.h"
#include "controlplane/status.h"
#include "controlplane/storage.h"

namespace vr::controlplane {

struct WriteRequest {
  const Resource* resource = nullptr;
  kube::Key key;            // an empty name only for create
  std::string subresource;  // "", "status" or, of a Namespace, "finalize"
  std::string manager;      // fieldManager
  bool dry_run = false;
  bool force = false;
  std::string field_validation;         // Strict, Warn (default) or Ignore
  std::vector<std::string> duplicates;  // findings: what the body says more than once
  // Sees what is about to be stored (`live` is null on create); what it returns refuses it.
  std::function<std::optional<Failure>(const Json& live, const Json& object)> guard = {};
};

struct Written {
  std::shared_ptr<const Json> object;
  std::vector<std::string> warnings;
  bool created = false;
  bool removed = false;  // by Delete: nothing is left
  bool ended = false;    // by a change that took the last finalizer of a deleted object
};

struct DeleteBody {
  std::string uid;  // preconditions; empty: none
  std::string resource_version;
  std::string propagation;  // Foreground and Orphan leave a finalizer for the garbage collector
};

// Thread-safe. Everything between reading and committing happens under the store's writer lock: no
// update is lost.
class ObjectWriter {
 public:
  ObjectWriter(Storage& storage, const Clock& clock) : storage_(storage), clock_(clock) {}

  Outcome<Written> Create(const WriteRequest& request, Json body);
  Outcome<Written> Update(const WriteRequest& request, const Json& body);
  // Apply creates what is missing.
  Outcome<Written> Patch(const WriteRequest& request, PatchKind kind, const Json& patch);
  // The last state: marked as deleting if it has finalizers, else gone.
  Outcome<Written> Delete(const WriteRequest& request, const DeleteBody& body);

 private:
  using Change = std::function<Outcome<Json>(const Json& live)>;  // the wanted object; `live` is
                                                                  // null if there is none
  Outcome<Written> Write(const WriteRequest& request, bool may_create, const Change& change,
                         bool is_apply);

  Storage& storage_;
  const Clock& clock_;
};

}  // namespace vr::controlplane
