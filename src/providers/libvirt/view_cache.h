// Parsed domain XML, kept until an event says that it changed.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "providers/libvirt/domain_xml.h"

namespace vr::libvirt {

// Thread-safe. A view that was read before an event is not stored after it: Put takes the
// generation that was current when the reading began.
class ViewCache {
 public:
  std::shared_ptr<const DomainView> Get(const std::string& uuid) const {
    const std::lock_guard lock(mutex_);
    const auto found = views_.find(uuid);
    return found == views_.end() ? nullptr : found->second;
  }
  uint64_t generation() const {
    const std::lock_guard lock(mutex_);
    return generation_;
  }
  void Put(std::shared_ptr<const DomainView> view, uint64_t generation) {
    const std::lock_guard lock(mutex_);
    if (generation == generation_) views_[view->uuid] = std::move(view);
  }
  void Forget(const std::string& uuid) {
    const std::lock_guard lock(mutex_);
    ++generation_;
    views_.erase(uuid);
  }
  void Clear() {
    const std::lock_guard lock(mutex_);
    ++generation_;
    views_.clear();
  }

 private:
  mutable std::mutex mutex_;  // guards all below
  uint64_t generation_ = 0;
  std::map<std::string, std::shared_ptr<const DomainView>> views_;
};

}  // namespace vr::libvirt
