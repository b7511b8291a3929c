// The documented environment variables of this room, parsed.
#pragma once

#include <map>
#include <string>

#include "resilience/circuit_breaker.h"
#include "resilience/retry.h"

namespace vr::resilience {

struct RpcTimeouts {
  Duration describe = std::chrono::seconds(30);
  Duration mutating = std::chrono::minutes(4);
  Duration validate = std::chrono::seconds(10);
  Duration task_status = std::chrono::seconds(10);
};

struct RateLimitOptions {
  double qps = 10;
  int burst = 20;
};

struct Config {
  RpcTimeouts timeouts;
  RetryPolicy retry;
  BreakerOptions breaker;
  RateLimitOptions rate_limit;
  int max_inflight_tasks = 100;
};

// RPC_TIMEOUT_*, RETRY_*, CB_*, RATE_LIMIT_* and MAX_INFLIGHT_TASKS (S:6060-6097); what is missing
// or empty keeps its default. CB_RESET_SECONDS takes a duration or a bare number of seconds.
// kInvalidSpec names the variable and what it takes.
Result<Config> ConfigFromEnvironment(const std::map<std::string, std::string>& environment);

}  // namespace vr::resilience
