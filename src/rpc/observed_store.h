// ObservedStore: what one provider's Watch stream has told of its VMs.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "rpc/messages.h"

namespace vr::rpc {

// Thread-safe; one writer (the thread that reads the stream). Listeners run on it without a lock.
// Task updates are not kept: the VM's own state tells what a finished task did.
class ObservedStore {
 public:
  // The owner of a VM that changed or went, and the one that a VM belongs to no more.
  using OwnerListener = std::function<void(const std::string& owner_uid)>;
  using HealthListener = std::function<void(bool healthy, const std::string& message)>;

  ObservedStore(OwnerListener on_owner, HealthListener on_health)
      : on_owner_(std::move(on_owner)), on_health_(std::move(on_health)) {}

  void Apply(const WatchUpdate& update);
  // The stream broke: what is known may be old until a stream goes on.
  void MarkStale();

  std::string resume_token() const;
  // True while a stream runs whose snapshot is complete.
  bool fresh() const;
  // Null for an owner without a VM.
  std::shared_ptr<const VmState> ByOwner(const std::string& owner_uid) const;
  size_t size() const;  // VMs of the provider, ours or not

 private:
  using VmPtr = std::shared_ptr<const VmState>;
  void BeginStream(const WatchUpdate& first);
  void PutVm(const VmState& vm);
  void RemoveVm(const std::string& id);
  void Disown(const VmState& vm);  // under mutex_
  void FinishSnapshot();

  const OwnerListener on_owner_;
  const HealthListener on_health_;
  mutable std::mutex mutex_;  // guards all below
  std::map<std::string, VmPtr> by_id_;
  std::map<std::string, VmPtr> by_owner_;
  std::set<std::string> listed_;  // ids that the running snapshot has told of
  bool listing_ = false;
  bool started_ = false;  // the stream's first update was seen
  bool fresh_ = false;
  std::string resume_token_;
};

}  // namespace vr::rpc
