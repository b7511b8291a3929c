// Time, injected. Nothing else in the project reads the machine's clocks.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>

namespace vr {

using TimePoint = std::chrono::steady_clock::time_point;  // to measure and to wait
using WallTime = std::chrono::system_clock::time_point;   // to show and to store
using Duration = std::chrono::nanoseconds;

// Thread-safe. SystemClock is the real one; testing::FakeClock moves by hand.
class Clock {
 public:
  virtual ~Clock() = default;

  virtual TimePoint Now() const = 0;
  virtual WallTime WallNow() const = 0;

  // Waits on `cv` until ready() holds, `deadline` passes or a stop is requested. `lock` is held on
  // entry, whenever ready() runs, and on return. Returns ready(). TimePoint::max() waits without a
  // deadline.
  virtual bool WaitUntil(std::unique_lock<std::mutex>& lock, std::condition_variable_any& cv,
                         std::stop_token stop, TimePoint deadline,
                         const std::function<bool()>& ready) const = 0;

  // Waits for `duration`; false if a stop was requested before it had passed.
  bool Sleep(std::stop_token stop, Duration duration) const;
};

// The machine's clocks. One instance, without state.
const Clock& SystemClock();

}  // namespace vr
