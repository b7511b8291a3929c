#include "base/backoff.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>

namespace vr {

RandomUnit MakeRandomUnit() { return MakeRandomUnit(std::random_device{}()); }

RandomUnit MakeRandomUnit(unsigned seed) {
  return [engine = std::mt19937(seed)]() mutable {
    return std::uniform_real_distribution<double>(0.0, 1.0)(engine);
  };
}

Duration BackoffDelay(const BackoffPolicy& policy, int failures, const RandomUnit& random) {
  const double growth = std::pow(policy.multiplier, std::clamp(failures - 1, 0, 64));
  double delay = std::min(static_cast<double>(policy.base.count()) * growth,
                          static_cast<double>(policy.max.count()));
  if (random && policy.jitter > 0) delay *= 1.0 - policy.jitter + 2.0 * policy.jitter * random();
  return Duration(static_cast<Duration::rep>(delay));
}

}  // namespace vr
