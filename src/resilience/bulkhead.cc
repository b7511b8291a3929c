#include "resilience/bulkhead.h"

#include <algorithm>
#include <chrono>

namespace vr::resilience {

Bulkhead::Bulkhead(std::string name, int slots)
    : name_(std::move(name)), slots_(std::max(slots, 1)) {}

Result<Bulkhead::Slot> Bulkhead::Enter() {
  const std::scoped_lock lock(mutex_);
  if (used_ >= slots_) {
    return Error{ErrorKind::kRateLimit,
                 "all " + std::to_string(slots_) + " call slots of " + name_ + " are in use",
                 std::chrono::milliseconds(250)};
  }
  ++used_;
  return Slot(*this);
}

void Bulkhead::Release() {
  const std::scoped_lock lock(mutex_);
  --used_;
}

int Bulkhead::in_use() const {
  const std::scoped_lock lock(mutex_);
  return used_;
}

}  // namespace vr::resilience
