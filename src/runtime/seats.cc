#include "runtime/seats.h"

#include <algorithm>

namespace vr::runtime {

// When somebody may sit down: now, when the first of those at work has had its time, or unknown
// while one still looks for work (nobody else is needed then).
TimePoint Seats::FreeAt() const {
  const TimePoint now = clock_.Now();
  int taken = 0;
  bool looking = false;
  TimePoint first = TimePoint::max();
  for (const auto& [worker, until] : until_) {
    if (until <= now) continue;
    ++taken;
    looking = looking || until == TimePoint::max();
    first = std::min(first, until);
  }
  if (taken < seats_) return now;
  return looking ? TimePoint::max() : first;
}

bool Seats::Take(int worker, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  until_.erase(worker);
  while (!stop.stop_requested()) {
    const TimePoint free_at = FreeAt();
    if (free_at <= clock_.Now()) {
      until_[worker] = TimePoint::max();
      return true;
    }
    const bool timed = free_at != TimePoint::max();
    timed_ += timed ? 1 : 0;
    clock_.WaitUntil(lock, changed_, stop, free_at, [&] { return FreeAt() < free_at; });
    timed_ -= timed ? 1 : 0;
  }
  return false;
}

void Seats::Begin(int worker) {
  const std::scoped_lock lock(mutex_);
  until_[worker] = clock_.Now() + patience_;
  // Once all are at work, one of those who wait has to watch the time.
  if (timed_ == 0 && FreeAt() != TimePoint::max()) changed_.notify_one();
}

}  // namespace vr::runtime
