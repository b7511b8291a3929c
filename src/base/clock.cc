#include "base/clock.h"

namespace vr {
namespace {

class RealClock final : public Clock {
 public:
  TimePoint Now() const override { return std::chrono::steady_clock::now(); }
  WallTime WallNow() const override { return std::chrono::system_clock::now(); }

  bool WaitUntil(std::unique_lock<std::mutex>& lock, std::condition_variable_any& cv,
                 std::stop_token stop, TimePoint deadline,
                 const std::function<bool()>& ready) const override {
    if (deadline == TimePoint::max()) return cv.wait(lock, std::move(stop), ready);
    return cv.wait_until(lock, std::move(stop), deadline, ready);
  }
};

}  // namespace

bool Clock::Sleep(std::stop_token stop, Duration duration) const {
  std::mutex mutex;
  std::condition_variable_any cv;
  std::unique_lock lock(mutex);
  const TimePoint now = Now();
  const TimePoint end = duration > TimePoint::max() - now ? TimePoint::max() : now + duration;
  WaitUntil(lock, cv, stop, end, [] { return false; });
  return !stop.stop_requested();
}

const Clock& SystemClock() {
  static const RealClock clock;
  return clock;
}

}  // namespace vr
