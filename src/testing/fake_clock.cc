#include "testing/fake_clock.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace vr::testing {
namespace {

constexpr std::chrono::sys_days kStart = std::chrono::year(2026) / 1 / 1;
constexpr std::chrono::seconds kPatience(10);

}  // namespace

FakeClock::FakeClock() : now_(std::chrono::hours(1)), wall_(kStart) {}

TimePoint FakeClock::Now() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

WallTime FakeClock::WallNow() const {
  const std::lock_guard lock(mutex_);
  return wall_;
}

bool FakeClock::WaitUntil(std::unique_lock<std::mutex>& lock, std::condition_variable_any& cv,
                          std::stop_token stop, TimePoint deadline,
                          const std::function<bool()>& ready) const {
  for (;;) {
    if (ready()) return true;
    if (stop.stop_requested() || Now() >= deadline) return false;
    std::list<Waiter>::iterator self;
    {
      const std::lock_guard own(mutex_);
      self = waiters_.insert(waiters_.end(), Waiter{lock.mutex(), &cv, deadline, 0});
      changed_.notify_all();
    }
    cv.wait(lock, stop, [&] { return ready() || Now() >= deadline; });
    lock.unlock();  // Advance may be about to take it
    {
      std::unique_lock own(mutex_);
      changed_.wait(own, [&] { return self->pins == 0; });
      waiters_.erase(self);
      changed_.notify_all();
    }
    lock.lock();  // ready() may have changed meanwhile: look again
  }
}

void FakeClock::Advance(Duration duration) { AdvanceTo(Now() + duration); }

bool FakeClock::AdvanceToNextDeadline() {
  TimePoint next = TimePoint::max();
  {
    const std::lock_guard lock(mutex_);
    for (const Waiter& waiter : waiters_) {
      if (waiter.deadline > now_) next = std::min(next, waiter.deadline);
    }
  }
  if (next == TimePoint::max()) return false;
  AdvanceTo(next);
  return true;
}

void FakeClock::AdvanceTo(TimePoint now) {
  std::vector<Waiter*> due;
  {
    const std::lock_guard lock(mutex_);
    wall_ += std::chrono::duration_cast<WallTime::duration>(now - now_);
    now_ = now;
    for (Waiter& waiter : waiters_) {
      if (waiter.deadline > now_) continue;
      ++waiter.pins;
      due.push_back(&waiter);
    }
  }
  for (Waiter* waiter : due) {
    // Taking the mutex once lets a waiter that has just looked at the time fall asleep first.
    { const std::lock_guard asleep(*waiter->mutex); }
    waiter->cv->notify_all();
    const std::lock_guard lock(mutex_);
    --waiter->pins;
    changed_.notify_all();
  }
}

size_t FakeClock::WaitersLocked() const {
  return static_cast<size_t>(
      std::count_if(waiters_.begin(), waiters_.end(),
                    [this](const Waiter& waiter) { return waiter.deadline > now_; }));
}

size_t FakeClock::Waiters() const {
  const std::lock_guard lock(mutex_);
  return WaitersLocked();
}

bool FakeClock::WaitForWaiters(size_t count) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return WaitersLocked() >= count; });
}

}  // namespace vr::testing
