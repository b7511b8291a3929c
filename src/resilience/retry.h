// Retry: repeats a call while its error is retryable and there is time.
#pragma once

#include <algorithm>
#include <concepts>
#include <string>
#include <string_view>

#include "base/backoff.h"
#include "base/context.h"

namespace vr::resilience {

struct RetryPolicy {
  int max_attempts = 5;
  Duration base_delay = std::chrono::milliseconds(500);
  Duration max_delay = std::chrono::seconds(30);
  double multiplier = 2.0;
  bool jitter = true;  // adds up to a tenth of the delay

  static RetryPolicy Aggressive();    // frequent, quick calls: 10 attempts from 100 ms, factor 1.5
  static RetryPolicy Conservative();  // expensive calls: 3 attempts from 1 s, factor 3
  static RetryPolicy None();
};

// The wait after failed attempt `attempt` (counted from 0): base * multiplier^attempt, at most
// max_delay, plus jitter.
Duration RetryDelay(const RetryPolicy& policy, int attempt, const RandomUnit& random);

// Whether a repeated call may be tried at all. kCancelled, and what only a new request can cure,
// never is.
bool WorthRetrying(ErrorKind kind);

// Calls `call(attempt)` until it succeeds, its error is not worth retrying, attempts are used up,
// or the wait would not fit into the context. Returns the last result; its message says how often
// it was tried. `call` returns Status or Result<T>.
template <class Call>
std::invoke_result_t<Call, int> Retry(const Context& ctx, const RetryPolicy& policy,
                                      const RandomUnit& random, Call call) {
  for (int attempt = 0;; ++attempt) {
    auto result = call(attempt);
    if (result.ok() || !WorthRetrying(result.error().kind)) return result;
    Duration wait = RetryDelay(policy, attempt, random);
    if (result.error().retry_after) wait = std::max(wait, Duration(*result.error().retry_after));
    const bool last = attempt + 1 >= policy.max_attempts || wait >= ctx.Remaining();
    if (last || !ctx.Sleep(wait).ok()) {
      if (attempt == 0) return result;
      Error error = result.error();
      error.message += " (tried " + std::to_string(attempt + 1) + " times)";
      return error;
    }
  }
}

}  // namespace vr::resilience
