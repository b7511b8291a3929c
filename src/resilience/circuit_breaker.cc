#include "resilience/circuit_breaker.h"

#include <algorithm>
#include <utility>

namespace vr::resilience {

std::string_view ToString(BreakerState state) {
  switch (state) {
    case BreakerState::kClosed:
      return "Closed";
    case BreakerState::kOpen:
      return "Open";
    case BreakerState::kHalfOpen:
      return "HalfOpen";
  }
  return "Unknown";
}

bool CountsAsFailure(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kUnavailable:
    case ErrorKind::kTimeout:
    case ErrorKind::kInternal:
      return true;
    case ErrorKind::kNotFound:
    case ErrorKind::kInvalidSpec:
    case ErrorKind::kUnauthorized:
    case ErrorKind::kNotSupported:
    case ErrorKind::kRetryable:
    case ErrorKind::kRateLimit:
    case ErrorKind::kQuotaExceeded:
    case ErrorKind::kConflict:
    case ErrorKind::kStale:
    case ErrorKind::kCancelled:
      return false;
  }
  return false;
}

CircuitBreaker::CircuitBreaker(std::string name, const BreakerOptions& options, const Clock& clock,
                               Listener on_change)
    : name_(std::move(name)), options_(options), clock_(clock), on_change_(std::move(on_change)) {}

void CircuitBreaker::Enter(BreakerState state) {
  state_ = state;
  failures_ = 0;
  trials_ = 0;
  successes_ = 0;
  if (state == BreakerState::kOpen) opened_ = clock_.Now();
}

Status CircuitBreaker::Allow() {
  bool changed = false;
  Duration wait{};
  {
    const std::scoped_lock lock(mutex_);
    if (state_ == BreakerState::kClosed) return {};
    const Duration since = clock_.Now() - opened_;
    if (state_ == BreakerState::kOpen && since >= options_.reset) {
      Enter(BreakerState::kHalfOpen);
      changed = true;
    }
    if (state_ == BreakerState::kHalfOpen && trials_ < options_.half_open_max_calls) {
      ++trials_;
    } else {
      wait = state_ == BreakerState::kOpen ? options_.reset - since
                                           : Duration(std::chrono::seconds(1));
    }
  }
  if (changed && on_change_) on_change_(BreakerState::kHalfOpen);
  if (wait == Duration::zero()) return {};
  return Error{ErrorKind::kUnavailable,
               "circuit breaker of " + name_ +
                   " is open after repeated failures; the next attempt is made soon",
               std::chrono::ceil<std::chrono::milliseconds>(wait)};
}

void CircuitBreaker::Record(const Status& result) {
  const bool failed = !result && CountsAsFailure(result.error().kind);
  const bool cancelled = !result && result.error().kind == ErrorKind::kCancelled;
  BreakerState before{};
  BreakerState after{};
  {
    const std::scoped_lock lock(mutex_);
    before = state_;
    if (state_ == BreakerState::kHalfOpen) {
      trials_ = std::max(0, trials_ - 1);
      if (failed) {
        Enter(BreakerState::kOpen);
      } else if (!cancelled && ++successes_ >= options_.half_open_max_calls) {
        Enter(BreakerState::kClosed);
      }
    } else if (state_ == BreakerState::kClosed && !cancelled) {
      failures_ = failed ? failures_ + 1 : 0;
      if (failures_ >= options_.failure_threshold) Enter(BreakerState::kOpen);
    }
    after = state_;
  }
  if (before != after && on_change_) on_change_(after);
}

void CircuitBreaker::RecordProbe(const Status& result) {
  {
    const std::scoped_lock lock(mutex_);
    if (state_ != BreakerState::kClosed && !result) return;  // trials decide
    if (state_ == BreakerState::kClosed) {
      const bool failed = !result && CountsAsFailure(result.error().kind);
      if (result) failures_ = 0;
      if (!failed || ++failures_ < options_.failure_threshold) return;
    }
    Enter(result ? BreakerState::kClosed : BreakerState::kOpen);
  }
  if (on_change_) on_change_(result ? BreakerState::kClosed : BreakerState::kOpen);
}

BreakerState CircuitBreaker::state() const {
  const std::scoped_lock lock(mutex_);
  return state_;
}

}  // namespace vr::resilience
