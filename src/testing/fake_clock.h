// A clock that moves only when a test says so.
#pragma once

#include <cstddef>
#include <list>

#include "base/clock.h"

namespace vr::testing {

// Thread-safe. Starts at 2026-01-01T00:00:00Z. Must outlive every call that waits on it.
class FakeClock final : public Clock {
 public:
  FakeClock();

  TimePoint Now() const override;
  WallTime WallNow() const override;
  bool WaitUntil(std::unique_lock<std::mutex>& lock, std::condition_variable_any& cv,
                 std::stop_token stop, TimePoint deadline,
                 const std::function<bool()>& ready) const override;

  // Moves both times and wakes every wait whose deadline has come. The caller must hold no lock
  // that a waiter waits with.
  void Advance(Duration duration);

  // Advances to the earliest deadline that somebody waits for; false if nobody waits for one.
  bool AdvanceToNextDeadline();

  // How many waits have not reached their deadline (those without a deadline included).
  size_t Waiters() const;

  // Blocks until at least `count` such waits are registered; false after ten real seconds.
  [[nodiscard]] bool WaitForWaiters(size_t count) const;

 private:
  struct Waiter {
    std::mutex* mutex;
    std::condition_variable_any* cv;
    TimePoint deadline;
    int pins;  // Advance calls that are about to use mutex and cv
  };

  size_t WaitersLocked() const;
  void AdvanceTo(TimePoint now);

  mutable std::mutex mutex_;  // guards all below; never held while a waiter's mutex is taken
  mutable std::condition_variable changed_;
  mutable std::list<Waiter> waiters_;
  TimePoint now_;
  WallTime wall_;
};

}  // namespace vr::testing
