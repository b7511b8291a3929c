// TokenBucket: at most `qps` calls a second, with bursts.
#pragma once

#include <mutex>

#include "base/context.h"

namespace vr::resilience {

// Thread-safe.
class TokenBucket {
 public:
  // qps > 0, burst >= 1; the bucket starts full.
  TokenBucket(double qps, int burst, const Clock& clock);

  // Takes a token if there is one; otherwise kRateLimit with the time until there is.
  Status TryTake();
  // Waits for a token; kRateLimit at once if that would take longer than the context allows.
  Status Take(const Context& ctx);

 private:
  void Refill();             // under mutex_
  Duration Missing() const;  // time until the next token; under mutex_

  const double qps_;
  const double burst_;
  const Clock& clock_;
  std::mutex mutex_;  // guards all below
  double tokens_;
  TimePoint refilled_;
};

}  // namespace vr::resilience
