#include "resilience/token_bucket.h"

#include <algorithm>

namespace vr::resilience {
namespace {

Error TooFast(Duration wait) {
  return Error{ErrorKind::kRateLimit, "rate limit reached",
               std::chrono::ceil<std::chrono::milliseconds>(wait)};
}

}  // namespace

TokenBucket::TokenBucket(double qps, int burst, const Clock& clock)
    : qps_(std::max(qps, 0.001)),
      burst_(std::max(burst, 1)),
      clock_(clock),
      tokens_(burst_),
      refilled_(clock.Now()) {}

void TokenBucket::Refill() {
  const TimePoint now = clock_.Now();
  tokens_ =
      std::min(burst_, tokens_ + std::chrono::duration<double>(now - refilled_).count() * qps_);
  refilled_ = now;
}

Duration TokenBucket::Missing() const {
  return std::chrono::duration_cast<Duration>(
      std::chrono::duration<double>(std::max(0.0, (1.0 - tokens_) / qps_)));
}

Status TokenBucket::TryTake() {
  const std::scoped_lock lock(mutex_);
  Refill();
  if (tokens_ < 1.0) return TooFast(Missing());
  tokens_ -= 1.0;
  return {};
}

Status TokenBucket::Take(const Context& ctx) {
  Duration wait{};
  {
    const std::scoped_lock lock(mutex_);
    Refill();
    wait = Missing();
    if (wait > ctx.Remaining()) return TooFast(wait);
    tokens_ -= 1.0;  // may go below zero: whoever comes next waits longer
  }
  return wait == Duration::zero() ? ctx.Check("wait for a rate limit slot") : ctx.Sleep(wait);
}

}  // namespace vr::resilience
