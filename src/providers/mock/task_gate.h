// TaskGate: tasks wait here while a test holds them.
#pragma once

#include <condition_variable>
#include <mutex>

#include "base/context.h"

namespace vr::mock {

// Thread-safe. Open unless held.
class TaskGate {
 public:
  void Hold() { Set(true); }
  void Release() { Set(false); }

  // Returns when the gate is open, or with the context's error.
  Status Pass(const Context& ctx) {
    std::unique_lock lock(mutex_);
    if (ctx.clock().WaitUntil(lock, changed_, ctx.stop(), ctx.deadline(), [&] { return !held_; }))
      return {};
    return ctx.Check("task");
  }

 private:
  void Set(bool held) {
    {
      const std::lock_guard lock(mutex_);
      held_ = held;
    }
    changed_.notify_all();
  }

  std::mutex mutex_;  // guards held_
  std::condition_variable_any changed_;
  bool held_ = false;
};

}  // namespace vr::mock
