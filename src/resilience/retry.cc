#include "resilience/retry.h"

namespace vr::resilience {

using std::chrono::milliseconds;
using std::chrono::seconds;

RetryPolicy RetryPolicy::Aggressive() {
  return {.max_attempts = 10,
          .base_delay = milliseconds(100),
          .max_delay = seconds(30),
          .multiplier = 1.5,
          .jitter = true};
}

RetryPolicy RetryPolicy::Conservative() {
  return {.max_attempts = 3,
          .base_delay = seconds(1),
          .max_delay = seconds(30),
          .multiplier = 3.0,
          .jitter = true};
}

RetryPolicy RetryPolicy::None() {
  return {.max_attempts = 1,
          .base_delay = seconds(1),
          .max_delay = seconds(1),
          .multiplier = 1.0,
          .jitter = false};
}

Duration RetryDelay(const RetryPolicy& policy, int attempt, const RandomUnit& random) {
  const Duration delay = BackoffDelay({.base = policy.base_delay,
                                       .max = policy.max_delay,
                                       .multiplier = policy.multiplier,
                                       .jitter = 0},
                                      attempt + 1);
  if (!policy.jitter || !random) return delay;
  return delay +
         Duration(static_cast<Duration::rep>(static_cast<double>(delay.count()) * 0.1 * random()));
}

bool WorthRetrying(ErrorKind kind) { return IsRetryable(kind) && kind != ErrorKind::kCancelled; }

}  // namespace vr::resilience
