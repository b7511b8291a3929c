// ProviderSession: the manager's connection to one provider, and what is known through it.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/clock.h"
#include "kube/object.h"
#include "rpc/observed_store.h"
#include "rpc/provider_client.h"

namespace vr::controllers {

// Called on the session's thread, without a lock; must be prompt.
struct SessionListener {
  std::function<void(const kube::Key& provider)> on_change;  // health or capabilities
  std::function<void(const kube::Key& provider, const std::string& owner_uid)> on_vm;
  std::function<void(const kube::Key& provider, const std::string& task_id)> on_task_done;
};

struct SessionHealth {
  bool known = false;    // nothing was heard yet
  bool healthy = false;  // the provider answers, and reaches its hypervisor
  std::string message;
  friend bool operator==(const SessionHealth&, const SessionHealth&) = default;
};

// Asks for capabilities and follows the Watch stream on a thread of its own ("watch-NAME"),
// reconnecting with back-off. A provider without Watch is asked for its health every 30 s instead.
// Thread-safe.
class ProviderSession {
 public:
  ProviderSession(kube::Key provider, std::unique_ptr<rpc::ProviderClient> client,
                  SessionListener listener, const Clock& clock);
  ~ProviderSession();  // ends the thread; callers may still hold it
  ProviderSession(const ProviderSession&) = delete;
  ProviderSession& operator=(const ProviderSession&) = delete;

  rpc::ProviderClient& client() { return *client_; }
  const rpc::ObservedStore& observed() const { return observed_; }
  SessionHealth health() const;
  // Null until the provider has told them.
  std::shared_ptr<const rpc::Capabilities> capabilities() const;
  // What the stream told last of a task; nothing where it was not told, or not lately.
  std::optional<rpc::TaskState> TaskUpdate(const std::string& task_id) const;

 private:
  void Run(const std::stop_token& stop);
  Status Connect(const Context& ctx);
  Status Poll(const Context& ctx);
  void Hear(const rpc::WatchUpdate& update);
  void ForgetTasks();
  void Remember(const std::string& task_id, const rpc::TaskState& state);
  void SetHealth(bool healthy, const std::string& message);

  const kube::Key provider_;
  const std::unique_ptr<rpc::ProviderClient> client_;
  const SessionListener listener_;
  const Clock& clock_;
  rpc::ObservedStore observed_;
  mutable std::mutex mutex_;  // guards all below but thread_
  SessionHealth health_;
  std::shared_ptr<const rpc::Capabilities> capabilities_;
  std::map<std::string, rpc::TaskState> tasks_;  // told by the running stream
  std::deque<std::string> task_order_;           // of tasks_, oldest first
  std::jthread thread_;                          // last: it uses all above
};

}  // namespace vr::controllers
