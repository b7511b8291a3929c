// Spans: what was done for one cause, in this process and across the wire (W3C trace context).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/context.h"
#include "base/result.h"

namespace vr::obs {

// Where a span stands. Ids are lower-case hex: 32 digits for the trace, 16 for the span.
struct SpanContext {
  std::string trace_id, span_id;
  bool sampled = false;
  friend bool operator==(const SpanContext&, const SpanContext&) = default;
};

// The value of the traceparent header. Nothing for what is none.
std::string ToTraceparent(const SpanContext& span);
std::optional<SpanContext> ParseTraceparent(std::string_view text);

// The span that a context is in, which its log lines name (traceID, spanID, traceFlags).
std::optional<SpanContext> SpanOf(const Context& ctx);
Context WithSpan(const Context& ctx, const SpanContext& span);

enum class SpanKind { kInternal, kClient };

struct FinishedSpan {
  std::string name;
  SpanKind kind = SpanKind::kInternal;
  SpanContext context;
  std::string parent_id;  // empty: the trace begins here
  WallTime start, end;
  std::map<std::string, std::string> attributes;  // no secrets
  std::optional<Error> error;
};

// Makes spans and hands the finished ones of sampled traces to a sink. A trace is sampled where it
// begins; what follows does as its parent. Thread-safe; outlives its spans.
class Tracer {
 public:
  using Sink = std::function<void(FinishedSpan)>;  // called on the span's thread; must be prompt

  Tracer() = default;  // makes no spans
  // `ratio` of the traces are sampled, from 0 to 1. `random`: 64 bits; empty: the system's.
  Tracer(double ratio, Sink sink, std::function<uint64_t()> random = {});

 private:
  friend class Span;
  std::optional<SpanContext> Begin(const std::optional<SpanContext>& parent) const;

  double ratio_ = 0;
  Sink sink_;
  std::function<uint64_t()> random_;
  mutable std::mutex mutex_;  // held while random_ runs
};

// One span, from construction to End or destruction. Used by one thread.
class Span {
 public:
  Span(const Tracer& tracer, const Context& ctx, std::string name,
       SpanKind kind = SpanKind::kInternal);
  ~Span();
  Span(const Span&) = delete;
  Span& operator=(const Span&) = delete;

  // For what is done within the span.
  const Context& ctx() const { return ctx_; }
  void Set(const std::string& attribute, std::string value);
  void End(const Status& outcome);

 private:
  const Tracer& tracer_;
  Context ctx_;
  std::optional<FinishedSpan> span_;  // nothing: not made, not sampled, or over
};

}  // namespace vr::obs
