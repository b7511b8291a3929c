// ProviderRuntime: where provider programs run.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "kube/object.h"

namespace vr::controllers {

// What a provider program needs to run; it is restarted when any of it changes.
struct RuntimeRequest {
  kube::Key provider;
  std::string uid;
  std::string type;                                // "libvirt"
  std::map<std::string, std::string> environment;  // PROVIDER_ENDPOINT, LOG_LEVEL, ...
  std::map<std::string, std::string> credentials;  // file name -> content; secret
  friend bool operator==(const RuntimeRequest&, const RuntimeRequest&) = default;
};

enum class RuntimePhase { kPending, kRunning, kFailed };

struct RuntimeStatus {
  RuntimePhase phase = RuntimePhase::kPending;
  std::string message;  // for people; no secrets
  std::string address;  // where it serves: "unix:/path" or "host:port"
  friend bool operator==(const RuntimeStatus&, const RuntimeStatus&) = default;
};

// Thread-safe. LocalProcessRuntime runs child processes.
class ProviderRuntime {
 public:
  virtual ~ProviderRuntime() = default;
  // Starts the program, or restarts it where the request has changed; does not wait for it. One
  // that is being removed is started again after its end.
  virtual RuntimeStatus Ensure(const RuntimeRequest& request) = 0;
  // What was started, as it is now; nothing for a provider that nobody started.
  virtual std::optional<RuntimeStatus> Find(const kube::Key& provider) const = 0;
  // Stops it and removes what it had, without waiting; true once nothing of it is left.
  virtual bool Remove(const kube::Key& provider) = 0;
};

}  // namespace vr::controllers
