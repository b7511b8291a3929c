#include "providers/mock/boot_timer.h"

#include <pthread.h>

namespace vr::mock {

BootTimer::BootTimer(const Clock& clock, OnUp on_up)
    : clock_(clock),
      on_up_(std::move(on_up)),
      thread_([this](const std::stop_token& stop) { Loop(stop); }) {
  pthread_setname_np(thread_.native_handle(), "mock-boot");
}

BootTimer::~BootTimer() = default;

void BootTimer::Schedule(const std::string& vm_id, int64_t boot, Duration after) {
  {
    const std::lock_guard lock(mutex_);
    due_.emplace(clock_.Now() + after, std::pair(vm_id, boot));
  }
  changed_.notify_all();
}

void BootTimer::Loop(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const TimePoint next = due_.empty() ? TimePoint::max() : due_.begin()->first;
    // Woken early by a boot that is due before `next`.
    clock_.WaitUntil(lock, changed_, stop, next,
                     [&] { return !due_.empty() && due_.begin()->first < next; });
    while (!due_.empty() && due_.begin()->first <= clock_.Now()) {
      const auto [vm_id, boot] = std::move(due_.begin()->second);
      due_.erase(due_.begin());
      lock.unlock();
      on_up_(vm_id, boot);
      lock.lock();
    }
  }
}

}  // namespace vr::mock
