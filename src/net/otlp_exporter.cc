#include "net/otlp_exporter.h"

#include <pthread.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "base/log.h"
#include "base/redact.h"

namespace vr::net {
namespace {

using Json = nlohmann::json;

constexpr size_t kMostWaiting = 4096;
constexpr auto kPostTimeout = std::chrono::seconds(3);

Json Attribute(const std::string& key, const std::string& value) {
  return {{"key", key}, {"value", {{"stringValue", Redact(value)}}}};
}

std::string Nanoseconds(WallTime time) {
  return std::to_string(
      std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count());
}

Json SpanJson(const obs::FinishedSpan& span) {
  constexpr int kInternal = 1;
  constexpr int kClient = 3;
  constexpr int kError = 2;
  Json out = {{"traceId", span.context.trace_id},
              {"spanId", span.context.span_id},
              {"name", span.name},
              {"kind", span.kind == obs::SpanKind::kClient ? kClient : kInternal},
              {"startTimeUnixNano", Nanoseconds(span.start)},
              {"endTimeUnixNano", Nanoseconds(span.end)},
              {"attributes", Json::array()}};
  if (!span.parent_id.empty()) out["parentSpanId"] = span.parent_id;
  for (const auto& [key, value] : span.attributes)
    out["attributes"].push_back(Attribute(key, value));
  if (span.error) out["status"] = {{"code", kError}, {"message", Redact(span.error->message)}};
  return out;
}

}  // namespace

std::string ToOtlpJson(const std::string& service, const std::vector<obs::FinishedSpan>& spans) {
  Json list = Json::array();
  for (const obs::FinishedSpan& span : spans) list.push_back(SpanJson(span));
  const Json scope = {{"scope", {{"name", "virtrigaud"}}}, {"spans", std::move(list)}};
  const Json resource = {{"attributes", Json::array({Attribute("service.name", service)})}};
  const Json all = {{"resourceSpans", Json::array({Json{{"resource", resource},
                                                        {"scopeSpans", Json::array({scope})}}})}};
  return all.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
}

OtlpExporter::OtlpExporter(OtlpOptions options, HttpClient& client, const Clock& clock)
    : options_(std::move(options)),
      client_(client),
      clock_(clock),
      thread_([this](const std::stop_token& stop) {
        pthread_setname_np(pthread_self(), "spans");
        Run(stop);
      }) {}

OtlpExporter::~OtlpExporter() {
  thread_.request_stop();
  thread_.join();
}

void OtlpExporter::Add(obs::FinishedSpan span) {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= kMostWaiting) {
    ++lost_;
  } else {
    waiting_.push_back(std::move(span));
  }
}

void OtlpExporter::Run(const std::stop_token& stop) {
  const Context ctx(stop, clock_);
  while (ctx.Sleep(options_.interval)) Post();
  Post();
}

// With a context of its own: the last post comes after the stop.
void OtlpExporter::Post() {
  std::vector<obs::FinishedSpan> spans;
  size_t lost = 0;
  {
    const std::lock_guard lock(mutex_);
    spans.swap(waiting_);
    lost = std::exchange(lost_, 0);
  }
  const Context ctx = Context().WithTimeout(kPostTimeout);
  std::string reason = "more were made than could be sent";
  if (!spans.empty()) {
    const auto answer = client_.Do(ctx, {.method = "POST",
                                         .url = options_.endpoint,
                                         .headers = {{"Content-Type", "application/json"}},
                                         .body = ToOtlpJson(options_.service, spans)});
    constexpr int kFirstError = 300;
    if (!answer || answer->status >= kFirstError) {
      lost += spans.size();
      reason = answer ? "the collector answered " + std::to_string(answer->status)
                      : answer.error().message;
    }
  }
  if (lost > 0) {
    LogWarn(ctx, "Spans lost",
            {{"count", std::to_string(lost)}, {"endpoint", options_.endpoint}, {"reason", reason}});
  }
}

}  // namespace vr::net
