// InMemoryControlPlane: an API server for tests, without a network.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/context.h"
#include "controlplane/api_server.h"
#include "kube/client.h"

namespace vr::testing {

// What goes wrong with a request.
enum class FaultKind {
  kStatus,     // answered with `status`, not executed
  kLostReply,  // executed, but the answer does not arrive: kUnavailable
  kDelay,      // executed after `delay` on the context's clock
  kHang        // not executed, no answer until the caller's context ends
};

struct Fault {
  std::string method;         // "PATCH"; empty: any
  std::string path_contains;  // of path and query, for example "/status" or "watch=true"
  FaultKind kind = FaultKind::kStatus;
  int status = 503;  // 409 is a Conflict of versions, 410 an expired version
  Duration delay = {};
  int count = 1;  // how many requests meet it; negative: all
};

// Thread-safe. A real controlplane::ApiServer on a database in memory; requests run on the calling
// thread, a watch too, until its context ends. The namespaces default and kube-system exist.
class InMemoryControlPlane {
 public:
  explicit InMemoryControlPlane(const Clock& clock);
  ~InMemoryControlPlane();
  InMemoryControlPlane(const InMemoryControlPlane&) = delete;
  InMemoryControlPlane& operator=(const InMemoryControlPlane&) = delete;

  const kube::Client& client() const { return *client_; }
  controlplane::ApiServer& server() { return *server_; }

  // The object as stored. apiVersion and kind say what it is; a namespaced object without a
  // namespace goes to "default".
  Result<nlohmann::json> Create(nlohmann::json object);
  // A merge patch; `subresource` is "status" or empty.
  Result<nlohmann::json> Patch(const kube::ResourceType& type, const kube::Key& key,
                               const nlohmann::json& patch, const std::string& subresource = "");
  Result<nlohmann::json> Get(const kube::ResourceType& type, const kube::Key& key) const;
  Result<std::vector<nlohmann::json>> List(const kube::ResourceType& type,
                                           const std::string& ns = "") const;
  Status Delete(const kube::ResourceType& type, const kube::Key& key);

  // Requests through client() meet the first fault that matches; the conveniences above meet none.
  void Inject(Fault fault);
  void ClearFaults();
  // Ends the watches that run, as a connection does that is lost (kUnavailable).
  void CutWatches();
  // Of client(), those that met a fault included.
  int Requests(const std::string& method, const std::string& path_contains) const;

 private:
  class Transport;
  std::unique_ptr<controlplane::ApiServer> server_;
  std::shared_ptr<Transport> transport_;
  std::unique_ptr<kube::Client> client_;
  std::unique_ptr<kube::Client> direct_;  // meets no faults
  const Clock& clock_;
};

}  // namespace vr::testing
