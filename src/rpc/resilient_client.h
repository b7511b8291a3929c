// ResilientClient: a ProviderClient that bounds and counts every call of another.
#pragma once

#include <memory>
#include <string>

#include "base/backoff.h"
#include "obs/metrics.h"
#include "resilience/config.h"
#include "rpc/provider_client.h"

namespace vr::rpc {

struct ResilientOptions {
  std::string provider_type;  // label of the RPC metrics
  std::string provider;       // "namespace/name"; label of the breaker metrics
  resilience::Config config;
  int slots = 8;  // calls at a time; no free one is kRateLimit at once
};

// From the outside in: a slot of the bulkhead, then for each attempt the rate limit, the breaker,
// the documented deadline and the metrics; transient failures of calls that change nothing are
// tried again here for two seconds, then, and those of mutating calls at once, by the caller's
// queue (they are idempotent, but a worker must not wait for them). GetCapabilities is how a
// session finds a provider that is back: it passes an open breaker and closes it. Watch passes
// through. Thread-safe. `metrics` and `clock` outlive it.
std::unique_ptr<ProviderClient> MakeResilientClient(std::unique_ptr<ProviderClient> inner,
                                                    ResilientOptions options,
                                                    obs::Registry& metrics, const Clock& clock);

}  // namespace vr::rpc
