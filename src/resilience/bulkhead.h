// Bulkhead: at most N calls at a time, so that one slow provider cannot take every worker.
#pragma once

#include <mutex>
#include <string>
#include <utility>

#include "base/result.h"

namespace vr::resilience {

// Thread-safe. Never waits: no free slot means kRateLimit, and the caller comes back later.
class Bulkhead {
 public:
  // Gives its slot back when destroyed. Must not outlive the bulkhead.
  class Slot {
   public:
    explicit Slot(Bulkhead& owner) : owner_(&owner) {}
    Slot(Slot&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    Slot& operator=(Slot&&) = delete;
    ~Slot() {
      if (owner_ != nullptr) owner_->Release();
    }

   private:
    Bulkhead* owner_;
  };

  Bulkhead(std::string name, int slots);
  Result<Slot> Enter();
  int in_use() const;

 private:
  void Release();

  const std::string name_;
  const int slots_;
  mutable std::mutex mutex_;  // guards used_
  int used_ = 0;
};

}  // namespace vr::resilience
