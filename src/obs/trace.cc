#include "obs/trace.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <random>
#include <utility>

namespace vr::obs {
namespace {

constexpr size_t kTraceDigits = 32;
constexpr size_t kSpanDigits = 16;
constexpr const char* kTraceField = "traceID";
constexpr const char* kSpanField = "spanID";
constexpr const char* kFlagsField = "traceFlags";

std::string Hex(uint64_t number) {
  char text[kSpanDigits + 1];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(number));
  return text;
}

bool IsHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool IsId(std::string_view text) {
  return IsHex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

std::function<uint64_t()> SystemRandom() {
  std::random_device device;
  std::seed_seq seed{device(), device(), device(), device()};
  return [engine = std::make_shared<std::mt19937_64>(seed)] { return (*engine)(); };
}

std::string Field(const Context& ctx, std::string_view name) {
  for (const auto& [key, value] : ctx.fields()) {
    if (key == name) return value;
  }
  return "";
}

}  // namespace

std::string ToTraceparent(const SpanContext& span) {
  return "00-" + span.trace_id + "-" + span.span_id + (span.sampled ? "-01" : "-00");
}

std::optional<SpanContext> ParseTraceparent(std::string_view text) {
  constexpr size_t kTraceAt = 3;
  constexpr size_t kSpanAt = kTraceAt + kTraceDigits + 1;
  constexpr size_t kFlagsAt = kSpanAt + kSpanDigits + 1;
  constexpr size_t kSize = kFlagsAt + 2;
  if (text.size() < kSize || text[kTraceAt - 1] != '-' || text[kSpanAt - 1] != '-' ||
      text[kFlagsAt - 1] != '-')
    return std::nullopt;
  const std::string_view version = text.substr(0, 2);
  // A later version may go on after another dash.
  const bool size_fits = text.size() == kSize || (version != "00" && text[kSize] == '-');
  const std::string_view trace = text.substr(kTraceAt, kTraceDigits);
  const std::string_view span = text.substr(kSpanAt, kSpanDigits);
  const std::string_view flags = text.substr(kFlagsAt, 2);
  if (!size_fits || !IsHex(version) || version == "ff" || !IsId(trace) || !IsId(span) ||
      !IsHex(flags))
    return std::nullopt;
  constexpr std::string_view kOdd = "13579bdf";
  return SpanContext{std::string(trace), std::string(span),
                     kOdd.find(flags[1]) != std::string_view::npos};
}

std::optional<SpanContext> SpanOf(const Context& ctx) {
  SpanContext out{Field(ctx, kTraceField), Field(ctx, kSpanField), Field(ctx, kFlagsField) == "01"};
  if (out.trace_id.empty() || out.span_id.empty()) return std::nullopt;
  return out;
}

Context WithSpan(const Context& ctx, const SpanContext& span) {
  return ctx.WithField(kTraceField, span.trace_id)
      .WithField(kSpanField, span.span_id)
      .WithField(kFlagsField, span.sampled ? "01" : "00");
}

Tracer::Tracer(double ratio, Sink sink, std::function<uint64_t()> random)
    : ratio_(ratio), sink_(std::move(sink)), random_(random ? std::move(random) : SystemRandom()) {}

std::optional<SpanContext> Tracer::Begin(const std::optional<SpanContext>& parent) const {
  if (!sink_) return std::nullopt;
  const std::lock_guard lock(mutex_);
  SpanContext out;
  out.span_id = Hex(random_() | 1);  // zero is no id
  if (parent) {
    out.trace_id = parent->trace_id;
    out.sampled = parent->sampled;
    return out;
  }
  constexpr double kRange = 18446744073709551616.0;  // 2^64
  const uint64_t chance = random_();
  out.trace_id = Hex(random_() | 1) + Hex(chance);
  out.sampled = static_cast<double>(chance) / kRange < ratio_;
  return out;
}

Span::Span(const Tracer& tracer, const Context& ctx, std::string name, SpanKind kind)
    : tracer_(tracer), ctx_(ctx) {
  const std::optional<SpanContext> parent = SpanOf(ctx);
  const std::optional<SpanContext> here = tracer.Begin(parent);
  if (!here) return;
  ctx_ = WithSpan(ctx, *here);
  if (!here->sampled) return;
  span_ = FinishedSpan{.name = std::move(name),
                       .kind = kind,
                       .context = *here,
                       .parent_id = parent ? parent->span_id : "",
                       .start = ctx.clock().WallNow(),
                       .end = {},
                       .attributes = {},
                       .error = {}};
}

Span::~Span() { End({}); }

void Span::Set(const std::string& attribute, std::string value) {
  if (span_ && !value.empty()) span_->attributes[attribute] = std::move(value);
}

void Span::End(const Status& outcome) {
  if (!span_) return;
  span_->end = ctx_.clock().WallNow();
  if (!outcome) span_->error = outcome.error();
  tracer_.sink_(*std::exchange(span_, std::nullopt));
}

}  // namespace vr::obs
