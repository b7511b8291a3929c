// Context: how long a call may take, who may stop it, and what its log lines carry.
#pragma once

#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace vr {

using LogFields = std::vector<std::pair<std::string, std::string>>;

// Passed by const reference as the first parameter of everything that can wait; never stored beyond
// the call. A value type: the With... functions return a narrower copy. Default: no deadline, never
// stopped, system clock.
class Context {
 public:
  Context() = default;
  explicit Context(std::stop_token stop, const Clock& clock = SystemClock())
      : stop_(std::move(stop)), clock_(&clock) {}

  // The earlier of the current deadline and the given one wins.
  Context WithDeadline(TimePoint deadline) const;
  Context WithTimeout(Duration timeout) const;
  Context WithStop(std::stop_token stop) const;
  // Replaces a field of the same key.
  Context WithField(std::string key, std::string value) const;

  const std::stop_token& stop() const { return stop_; }
  TimePoint deadline() const { return deadline_; }
  bool has_deadline() const { return deadline_ != TimePoint::max(); }
  const Clock& clock() const { return *clock_; }
  const LogFields& fields() const { return fields_; }

  // Time left: zero when the deadline has passed, Duration::max() without a deadline.
  Duration Remaining() const;

  // ok, or kCancelled / kTimeout with `what` in the message.
  Status Check(std::string_view what = "call") const;

  // Waits for `duration`, or less when stopped or out of time: then the error that Check() gives.
  Status Sleep(Duration duration) const;

 private:
  std::stop_token stop_;
  TimePoint deadline_ = TimePoint::max();
  const Clock* clock_ = &SystemClock();
  LogFields fields_;
};

}  // namespace vr
