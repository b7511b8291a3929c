// OtlpExporter: sends finished spans to an OpenTelemetry collector (OTLP over HTTP, JSON).
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "net/http.h"
#include "obs/trace.h"

namespace vr::net {

struct OtlpOptions {
  std::string endpoint;  // URL that takes POSTs, for example http://collector:4318/v1/traces
  std::string service;   // service.name of all spans
  Duration interval = std::chrono::seconds(5);
};

// The body of one POST.
std::string ToOtlpJson(const std::string& service, const std::vector<obs::FinishedSpan>& spans);

// Collects spans and posts them from a thread of its own ("spans") every interval, and what is left
// when it is destroyed. Never blocks or fails the traced work: spans beyond 4096 waiting ones, and
// those of a post that failed, are lost, which is logged. Thread-safe.
class OtlpExporter {
 public:
  // `client` and `clock` outlive it.
  OtlpExporter(OtlpOptions options, HttpClient& client, const Clock& clock);
  ~OtlpExporter();  // takes three seconds at most
  OtlpExporter(const OtlpExporter&) = delete;
  OtlpExporter& operator=(const OtlpExporter&) = delete;

  void Add(obs::FinishedSpan span);

 private:
  void Run(const std::stop_token& stop);
  void Post();

  const OtlpOptions options_;
  HttpClient& client_;
  const Clock& clock_;
  std::mutex mutex_;  // guards waiting_ and lost_
  std::condition_variable_any changed_;
  std::vector<obs::FinishedSpan> waiting_;
  size_t lost_ = 0;
  std::jthread thread_;  // last: it uses all above
};

}  // namespace vr::net
