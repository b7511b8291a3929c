#include "kube/status_error.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

namespace vr::kube {
namespace {

using Json = nlohmann::json;

// What no code or reason tells: an API server answers with 500 for these, and for a quota with 403.
std::optional<ErrorKind> KindOfMessage(const std::string& message) {
  const auto says = [&message](const char* text) {
    return message.find(text) != std::string::npos;
  };
  if (says("failed to create typed patch object")) return ErrorKind::kInvalidSpec;
  for (const char* full : {"database or disk is full", "database space exceeded",
                           "no space left on device", "exceeded quota"}) {
    if (says(full)) return ErrorKind::kQuotaExceeded;
  }
  return std::nullopt;
}

ErrorKind KindOf(int code, const std::string& reason, const std::string& message) {
  if (reason == "Conflict") return ErrorKind::kStale;
  if (reason == "AlreadyExists") return ErrorKind::kConflict;
  if (code == 403 || code >= 500) {
    if (const auto kind = KindOfMessage(message)) return *kind;
  }
  switch (code) {
    case 400:
    case 422:
      return ErrorKind::kInvalidSpec;
    case 401:
    case 403:
      return ErrorKind::kUnauthorized;
    case 404:
      return ErrorKind::kNotFound;
    case 405:
    case 406:
    case 415:
      return ErrorKind::kNotSupported;
    case 408:
    case 504:
      return ErrorKind::kTimeout;
    case 409:
    case 410:
      return ErrorKind::kStale;
    case 413:
      return ErrorKind::kInvalidSpec;
    case 429:
      return ErrorKind::kRateLimit;
    case 500:
      return ErrorKind::kInternal;
    case 507:
      return ErrorKind::kQuotaExceeded;
    default:
      return code > 500 ? ErrorKind::kUnavailable : ErrorKind::kInternal;
  }
}

std::string TextAt(const Json& object, const char* name) {
  if (!object.is_object()) return "";
  const auto it = object.find(name);
  return it != object.end() && it->is_string() ? it->get<std::string>() : "";
}

std::optional<std::chrono::milliseconds> Seconds(const std::string& text) {
  int seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || seconds <= 0 || seconds > 86400) return std::nullopt;
  return std::chrono::seconds(seconds);
}

Error FromStatus(const std::string& what, int code, const Json& status,
                 const std::string& fallback) {
  Error error;
  if (status.is_object() && status.contains("code") && status["code"].is_number_integer())
    code = status["code"].get<int>();
  const std::string message = TextAt(status, "message");
  error.kind = KindOf(code, TextAt(status, "reason"), message);
  error.message = what + ": " + (message.empty() ? fallback : message);
  if (status.is_object() && status.contains("details") && status["details"].is_object()) {
    const Json& details = status["details"];
    if (details.contains("retryAfterSeconds") && details["retryAfterSeconds"].is_number_integer()) {
      error.retry_after = Seconds(std::to_string(details["retryAfterSeconds"].get<int64_t>()));
    }
  }
  return error;
}

}  // namespace

Error ErrorFromResponse(const std::string& what, const net::HttpResponse& response) {
  const Json status = Json::parse(response.body, nullptr, false);
  std::string fallback = "HTTP " + std::to_string(response.status);
  if (status.is_discarded() && !response.body.empty())
    fallback += ": " + response.body.substr(0, 200);
  Error error = FromStatus(what, response.status, status, fallback);
  if (!error.retry_after)
    error.retry_after = Seconds(net::HeaderOr(response.headers, "Retry-After"));
  return error;
}

Error ErrorFromStatusText(const std::string& what, const std::string& status_json) {
  return FromStatus(what, 500, Json::parse(status_json, nullptr, false), "unexpected answer");
}

}  // namespace vr::kube
