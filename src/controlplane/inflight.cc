#include "controlplane/inflight.h"

#include <algorithm>

namespace vr::controlplane {

size_t InflightLimiter::Limit(RequestClass of) const {
  if (of == RequestClass::kWatch) return limits_.watches;
  return of == RequestClass::kWrite ? limits_.writes : limits_.reads;
}

std::optional<InflightLimiter::Slot> InflightLimiter::Enter(RequestClass of,
                                                            const std::string& user) {
  const size_t limit = Limit(of);
  const size_t share = std::max<size_t>(limit * limits_.share / 100, 1);
  const std::scoped_lock lock(mutex_);
  Class& running = classes_[of];
  if (running.all >= limit) return std::nullopt;
  const auto mine = running.by_user.find(user);
  if (mine != running.by_user.end() && mine->second >= share) return std::nullopt;
  ++running.all;
  ++running.by_user[user];
  return std::optional<Slot>(std::in_place, *this, of, user);
}

void InflightLimiter::Release(RequestClass of, const std::string& user) {
  const std::scoped_lock lock(mutex_);
  Class& running = classes_[of];
  --running.all;
  const auto mine = running.by_user.find(user);
  if (--mine->second == 0) running.by_user.erase(mine);
}

}  // namespace vr::controlplane
