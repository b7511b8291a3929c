// BootTimer: guests that come up some time after their VM was switched on.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "base/clock.h"

namespace vr::mock {

// Thread-safe. One thread, "mock-boot", calls `on_up`.
class BootTimer {
 public:
  using OnUp = std::function<void(const std::string& vm_id, int64_t boot)>;

  BootTimer(const Clock& clock, OnUp on_up);
  ~BootTimer();  // what has not come up does not any more
  BootTimer(const BootTimer&) = delete;
  BootTimer& operator=(const BootTimer&) = delete;

  void Schedule(const std::string& vm_id, int64_t boot, Duration after);

 private:
  void Loop(const std::stop_token& stop);

  const Clock& clock_;
  const OnUp on_up_;
  std::mutex mutex_;  // guards due_
  std::condition_variable_any changed_;
  std::multimap<TimePoint, std::pair<std::string, int64_t>> due_;
  std::jthread thread_;  // last: it uses all above
};

}  // namespace vr::mock
