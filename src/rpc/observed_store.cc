#include "rpc/observed_store.h"

#include <vector>

namespace vr::rpc {

void ObservedStore::Apply(const WatchUpdate& update) {
  switch (update.kind) {
    case WatchUpdate::Kind::kHealth:
      BeginStream(update);
      on_health_(update.healthy, update.message);
      break;
    case WatchUpdate::Kind::kVm:
      PutVm(update.vm);
      break;
    case WatchUpdate::Kind::kVmGone:
      RemoveVm(update.vm.id);
      break;
    case WatchUpdate::Kind::kSnapshotDone:
      FinishSnapshot();
      break;
    case WatchUpdate::Kind::kTask:
      break;
  }
  if (update.resume_token.empty()) return;
  const std::lock_guard lock(mutex_);
  resume_token_ = update.resume_token;
}

void ObservedStore::BeginStream(const WatchUpdate& first) {
  const std::lock_guard lock(mutex_);
  if (started_) return;
  started_ = true;
  fresh_ = !first.resume_token.empty();
  listing_ = !fresh_;
  listed_.clear();
}

void ObservedStore::PutVm(const VmState& vm) {
  std::string left;  // the owner that this VM had until now
  {
    const std::lock_guard lock(mutex_);
    if (listing_) listed_.insert(vm.id);
    VmPtr& slot = by_id_[vm.id];
    if (slot && *slot == vm) return;
    if (slot && slot->owner_uid != vm.owner_uid) {
      left = slot->owner_uid;
      Disown(*slot);
    }
    slot = std::make_shared<const VmState>(vm);
    if (!vm.owner_uid.empty()) by_owner_[vm.owner_uid] = slot;
  }
  if (!left.empty()) on_owner_(left);
  if (!vm.owner_uid.empty()) on_owner_(vm.owner_uid);
}

void ObservedStore::Disown(const VmState& vm) {
  const auto owned = by_owner_.find(vm.owner_uid);
  if (owned != by_owner_.end() && owned->second->id == vm.id) by_owner_.erase(owned);
}

void ObservedStore::RemoveVm(const std::string& id) {
  VmPtr gone;
  {
    const std::lock_guard lock(mutex_);
    const auto it = by_id_.find(id);
    if (it == by_id_.end()) return;
    gone = it->second;
    by_id_.erase(it);
    Disown(*gone);
  }
  if (!gone->owner_uid.empty()) on_owner_(gone->owner_uid);
}

void ObservedStore::FinishSnapshot() {
  std::vector<std::string> gone;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, vm] : by_id_) {
      if (!listed_.contains(id)) gone.push_back(id);
    }
    listed_.clear();
    listing_ = false;
    fresh_ = true;
  }
  for (const std::string& id : gone) RemoveVm(id);
}

void ObservedStore::MarkStale() {
  const std::lock_guard lock(mutex_);
  fresh_ = false;
  started_ = false;
  listing_ = false;
}

std::string ObservedStore::resume_token() const {
  const std::lock_guard lock(mutex_);
  return resume_token_;
}

bool ObservedStore::fresh() const {
  const std::lock_guard lock(mutex_);
  return fresh_;
}

std::shared_ptr<const VmState> ObservedStore::ByOwner(const std::string& owner_uid) const {
  const std::lock_guard lock(mutex_);
  const auto it = by_owner_.find(owner_uid);
  return it == by_owner_.end() ? nullptr : it->second;
}

size_t ObservedStore::size() const {
  const std::lock_guard lock(mutex_);
  return by_id_.size();
}

}  // namespace vr::rpc
