#include "base/error.h"

#include <array>
#include <utility>

namespace vr {
namespace {

constexpr std::array<std::pair<ErrorKind, std::string_view>, 13> kNames{{
    {ErrorKind::kNotFound, "NotFound"},
    {ErrorKind::kInvalidSpec, "InvalidSpec"},
    {ErrorKind::kUnauthorized, "Unauthorized"},
    {ErrorKind::kNotSupported, "NotSupported"},
    {ErrorKind::kRetryable, "Retryable"},
    {ErrorKind::kUnavailable, "Unavailable"},
    {ErrorKind::kRateLimit, "RateLimit"},
    {ErrorKind::kTimeout, "Timeout"},
    {ErrorKind::kQuotaExceeded, "QuotaExceeded"},
    {ErrorKind::kConflict, "Conflict"},
    {ErrorKind::kStale, "Stale"},
    {ErrorKind::kCancelled, "Cancelled"},
    {ErrorKind::kInternal, "Internal"},
}};

}  // namespace

const std::vector<ErrorKind>& AllErrorKinds() {
  static const std::vector<ErrorKind> all = [] {
    std::vector<ErrorKind> kinds;
    for (const auto& [kind, name] : kNames) kinds.push_back(kind);
    return kinds;
  }();
  return all;
}

std::string_view ToString(ErrorKind kind) {
  for (const auto& [candidate, name] : kNames) {
    if (candidate == kind) return name;
  }
  return "Internal";
}

std::optional<ErrorKind> ParseErrorKind(std::string_view text) {
  for (const auto& [kind, name] : kNames) {
    if (name == text) return kind;
  }
  return std::nullopt;
}

bool IsRetryable(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kRetryable:
    case ErrorKind::kUnavailable:
    case ErrorKind::kRateLimit:
    case ErrorKind::kTimeout:
    case ErrorKind::kQuotaExceeded:
    case ErrorKind::kStale:
    case ErrorKind::kCancelled:
    case ErrorKind::kInternal:
      return true;
    case ErrorKind::kNotFound:
    case ErrorKind::kInvalidSpec:
    case ErrorKind::kUnauthorized:
    case ErrorKind::kNotSupported:
    case ErrorKind::kConflict:
      return false;
  }
  return false;
}

Error Error::Wrap(std::string_view what) const {
  Error wrapped = *this;
  wrapped.message = std::string(what) + ": " + message;
  return wrapped;
}

}  // namespace vr
