// WatchHub: what the provider knows of its VMs, and who listens.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/result.h"
#include "rpc/messages.h"

namespace vr::sdk {

// What the hub knows, in numbers.
struct HubSummary {
  bool healthy = true;
  size_t on = 0, off = 0, suspended = 0, unknown = 0;  // VMs by power state, ours or not
};

// Thread-safe. The provider publishes; sdk::Server streams to any number of watchers. Equal states
// are not sent twice. A slow watcher is cut off (kUnavailable) rather than allowed to hold memory;
// it reconnects with its resume token.
class WatchHub {
 public:
  WatchHub();
  ~WatchHub();
  WatchHub(const WatchHub&) = delete;
  WatchHub& operator=(const WatchHub&) = delete;

  void PublishVm(const rpc::VmState& vm);
  void PublishGone(const std::string& id, const std::string& owner_uid);
  void PublishTask(const std::string& task_id, const rpc::TaskState& state);
  void PublishHealth(bool healthy, const std::string& message);
  // Replaces all VM states at once (after a reconnect): differences become updates.
  void Reset(const std::vector<rpc::VmState>& vms);

  HubSummary Summary() const;

  // Streams to `on_update` on the calling thread until it returns an error or the context ends.
  Status Watch(const Context& ctx, const std::string& resume_token,
               const std::function<Status(const rpc::WatchUpdate&)>& on_update);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vr::sdk
