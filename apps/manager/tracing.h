// VIRTRIGAUD_TRACING_*: whether spans are made, and where they go.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "net/otlp_exporter.h"
#include "obs/trace.h"

namespace vr::manager {

struct TracingOptions {
  bool enabled = false;
  std::string endpoint;  // empty: spans are logged
  double ratio = 0.1;    // of the traces
};

// kInvalidSpec names the variable, also for a plaintext endpoint that is not allowed.
Result<TracingOptions> TracingFromEnvironment(
    const std::map<std::string, std::string>& environment);

// Owns what the tracer needs; outlives all that traces.
class Tracing {
 public:
  // Says in the log where the spans go.
  static Result<std::unique_ptr<Tracing>> Start(const TracingOptions& options);
  const obs::Tracer& tracer() const { return *tracer_; }

 private:
  Tracing() = default;

  std::shared_ptr<net::HttpClient> client_;
  std::unique_ptr<net::OtlpExporter> exporter_;  // null without an endpoint
  std::unique_ptr<const obs::Tracer> tracer_;
};

}  // namespace vr::manager
