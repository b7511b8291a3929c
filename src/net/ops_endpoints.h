// /metrics, /healthz, /readyz and /health: what operators and probes ask every process.
#pragma once

#include "net/http.h"
#include "obs/health.h"
#include "obs/metrics.h"

namespace vr::net {

// GET and HEAD of: /metrics (Prometheus text), /healthz (200, or 503 naming failing liveness
// checks), /readyz (the same with readiness checks), /health (JSON of all checks, 503 unless
// ready). 404 otherwise. Both arguments outlive the handler.
HttpHandler MakeOpsHandler(const obs::Registry& registry, const obs::HealthChecks& health);

}  // namespace vr::net
