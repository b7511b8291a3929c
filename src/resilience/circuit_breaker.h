// CircuitBreaker: stops calling what keeps failing, and tries it again carefully.
#pragma once

#include <functional>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace vr::resilience {

enum class BreakerState { kClosed = 0, kOpen = 1, kHalfOpen = 2 };  // the values of the metric
std::string_view ToString(BreakerState state);

struct BreakerOptions {
  int failure_threshold = 10;  // consecutive failures that open it
  Duration reset = std::chrono::seconds(60);
  int half_open_max_calls = 3;  // trial calls at a time, and successes needed to close it
};

// True for errors that speak of the other side's health; a refused request does not.
bool CountsAsFailure(ErrorKind kind);

// Thread-safe. Allow() before a call, then exactly one Record() with its result.
class CircuitBreaker {
 public:
  using Listener =
      std::function<void(BreakerState state)>;  // called outside the lock, on the caller's thread

  CircuitBreaker(std::string name, const BreakerOptions& options, const Clock& clock,
                 Listener on_change = {});

  // kUnavailable with retry_after while open or while enough trial calls are under way.
  Status Allow();
  void Record(const Status& result);
  // The result of a call that did not ask: whoever tests at a pace of its own whether the other
  // side is back. A success closes the breaker at once; a failure counts while it is closed.
  void RecordProbe(const Status& result);
  BreakerState state() const;

 private:
  void Enter(BreakerState state);  // under mutex_

  const std::string name_;
  const BreakerOptions options_;
  const Clock& clock_;
  const Listener on_change_;
  mutable std::mutex mutex_;  // guards all below
  BreakerState state_ = BreakerState::kClosed;
  int failures_ = 0;
  int trials_ = 0;     // under way, half-open
  int successes_ = 0;  // of trials
  TimePoint opened_;
};

}  // namespace vr::resilience
