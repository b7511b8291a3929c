#include "controllers/virtual_machine/attempts.h"

#include <algorithm>

namespace vr::controllers {

Duration Attempts::Wait(const std::string& uid, const std::string& about) const {
  const std::scoped_lock lock(mutex_);
  const auto it = failures_.find(uid);
  if (it == failures_.end() || it->second.about != about) return Duration::zero();
  return std::max(Duration::zero(), it->second.next - clock_.Now());
}

void Attempts::Failed(const std::string& uid, const std::string& about) {
  const std::scoped_lock lock(mutex_);
  Failure& failure = failures_[uid];
  if (failure.about != about) failure = {.about = about};
  failure.next = clock_.Now() + BackoffDelay(policy_, ++failure.count);
}

void Attempts::Forget(const std::string& uid) {
  const std::scoped_lock lock(mutex_);
  failures_.erase(uid);
}

}  // namespace vr::controllers
