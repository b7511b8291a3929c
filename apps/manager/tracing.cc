#include "tracing.h"

#include <cstdlib>
#include <utility>

#include "base/log.h"
#include "net/curl_http_client.h"
#include "net/url.h"

namespace vr::manager {
namespace {

using Environment = std::map<std::string, std::string>;

std::string Variable(const Environment& environment, const char* name, const char* fallback) {
  const auto it = environment.find(name);
  return it == environment.end() || it->second.empty() ? fallback : it->second;
}

Error Wrong(const char* name, const std::string& value, const std::string& needed) {
  return {ErrorKind::kInvalidSpec,
          std::string(name) + " is '" + value + "': " + needed + " is needed",
          {}};
}

Result<bool> Flag(const Environment& environment, const char* name, const char* fallback) {
  const std::string text = Variable(environment, name, fallback);
  if (text != "true" && text != "false") return Wrong(name, text, "true or false");
  return text == "true";
}

Result<double> Ratio(const Environment& environment) {
  constexpr const char* kName = "VIRTRIGAUD_TRACING_SAMPLING_RATIO";
  const std::string text = Variable(environment, kName, "0.1");
  char* end = nullptr;
  const double ratio = std::strtod(text.c_str(), &end);
  if (end != text.c_str() + text.size() || !(ratio >= 0 && ratio <= 1))
    return Wrong(kName, text, "a number from 0 to 1");
  return ratio;
}

// A collector without a path is meant to take traces where OTLP has them.
Result<std::string> Endpoint(const std::string& text, bool insecure) {
  constexpr const char* kName = "VIRTRIGAUD_TRACING_ENDPOINT";
  auto url = net::ParseUrl(text);
  if (!url || (url->scheme != "http" && url->scheme != "https"))
    return Wrong(kName, text, "the URL of an OTLP collector such as http://collector:4318");
  if (url->scheme == "http" && !insecure)
    return Wrong(kName, text, "an https URL, or VIRTRIGAUD_TRACING_INSECURE=true,");
  if (url->path == "/") url->path = "/v1/traces";
  return url->ToString();
}

void LogSpan(const obs::FinishedSpan& span) {
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(span.end - span.start);
  Context ctx = obs::WithSpan(Context(), span.context);
  for (const auto& [key, value] : span.attributes) ctx = ctx.WithField(key, value);
  LogDebug(ctx, "Span",
           {{"name", span.name},
            {"parentSpanID", span.parent_id},
            {"microseconds", std::to_string(took.count())},
            {"error", span.error ? span.error->message : ""}});
}

}  // namespace

Result<TracingOptions> TracingFromEnvironment(const Environment& environment) {
  TracingOptions out;
  VR_ASSIGN_OR_RETURN(out.enabled, Flag(environment, "VIRTRIGAUD_TRACING_ENABLED", "false"));
  VR_ASSIGN_OR_RETURN(const bool insecure,
                      Flag(environment, "VIRTRIGAUD_TRACING_INSECURE", "true"));
  VR_ASSIGN_OR_RETURN(out.ratio, Ratio(environment));
  const std::string endpoint = Variable(environment, "VIRTRIGAUD_TRACING_ENDPOINT", "");
  if (endpoint.empty()) return out;
  VR_ASSIGN_OR_RETURN(out.endpoint, Endpoint(endpoint, insecure));
  return out;
}

Result<std::unique_ptr<Tracing>> Tracing::Start(const TracingOptions& options) {
  std::unique_ptr<Tracing> out(new Tracing());
  if (!options.enabled) {
    out->tracer_ = std::make_unique<const obs::Tracer>();
    return out;
  }
  obs::Tracer::Sink sink = LogSpan;
  if (options.endpoint.empty()) {
    LogInfo(Context(), "Spans go to this log at level debug; VIRTRIGAUD_TRACING_ENDPOINT is empty");
  } else {
    VR_ASSIGN_OR_RETURN(out->client_, net::MakeCurlHttpClient({}));
    out->exporter_ = std::make_unique<net::OtlpExporter>(
        net::OtlpOptions{.endpoint = options.endpoint, .service = "virtrigaud-manager"},
        *out->client_, SystemClock());
    sink = [exporter = out->exporter_.get()](obs::FinishedSpan span) {
      exporter->Add(std::move(span));
    };
    LogInfo(Context(), "Spans go to a collector", {{"endpoint", options.endpoint}});
  }
  out->tracer_ = std::make_unique<const obs::Tracer>(options.ratio, std::move(sink));
  return out;
}

}  // namespace vr::manager
