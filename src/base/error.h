// What went wrong, in the one vocabulary that every layer shares.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vr {

// The documented taxonomy (first ten) and three kinds of our own. Each border maps all kinds in one
// table.
enum class ErrorKind {
  kNotFound,
  kInvalidSpec,
  kUnauthorized,
  kNotSupported,
  kRetryable,
  kUnavailable,
  kRateLimit,
  kTimeout,
  kQuotaExceeded,
  kConflict,
  kStale,      // optimistic lock lost: read again, then retry
  kCancelled,  // we were asked to stop; nobody's fault
  kInternal,   // a defect of ours, or an answer that makes no sense
};

// All kinds, for tests that walk a mapping table.
const std::vector<ErrorKind>& AllErrorKinds();

// The documented spelling, for example "NotFound"; used in logs, metrics and on the wire.
std::string_view ToString(ErrorKind kind);

// The kind spelled `text`, or nothing.
std::optional<ErrorKind> ParseErrorKind(std::string_view text);

// True where the same call may succeed later without anybody changing the request.
bool IsRetryable(ErrorKind kind);

// A message says what was tried, on what, and what came back. Each layer adds its part once, with
// Wrap.
struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  std::string message;
  std::optional<std::chrono::milliseconds> retry_after;  // a hint of the other side, if it gave one

  bool retryable() const { return IsRetryable(kind); }

  // The same error with "what: " in front of its message.
  Error Wrap(std::string_view what) const;

  friend bool operator==(const Error&, const Error&) = default;
};

}  // namespace vr
