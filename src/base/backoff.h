// Exponential back-off with jitter.
#pragma once

#include <chrono>
#include <functional>

#include "base/clock.h"

namespace vr {

// Returns a number in [0, 1). Injected, so that tests are repeatable.
using RandomUnit = std::function<double()>;

// A generator seeded from the machine. The returned function may be called from one thread at a
// time.
RandomUnit MakeRandomUnit();
RandomUnit MakeRandomUnit(unsigned seed);

struct BackoffPolicy {
  Duration base = std::chrono::milliseconds(800);
  Duration max = std::chrono::seconds(30);
  double multiplier = 2.0;
  double jitter =
      0.2;  // the delay is multiplied by a number in [1 - jitter, 1 + jitter]; 0 switches it off
};

// The delay before attempt `failures` + 1; failures = 1 gives the base delay. `random` may be
// empty: no jitter.
Duration BackoffDelay(const BackoffPolicy& policy, int failures, const RandomUnit& random = {});

}  // namespace vr
