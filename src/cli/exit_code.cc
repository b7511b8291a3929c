#include "cli/exit_code.h"

namespace vr::cli {

int ExitCode(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInternal:
      return 1;
    case ErrorKind::kInvalidSpec:
      return 3;
    case ErrorKind::kNotFound:
      return 4;
    case ErrorKind::kUnauthorized:
      return 5;
    case ErrorKind::kConflict:
      return 6;
    case ErrorKind::kStale:
      return 7;
    case ErrorKind::kUnavailable:
      return 8;
    case ErrorKind::kTimeout:
      return 9;
    case ErrorKind::kNotSupported:
      return 10;
    case ErrorKind::kRateLimit:
      return 11;
    case ErrorKind::kQuotaExceeded:
      return 12;
    case ErrorKind::kRetryable:
      return 13;
    case ErrorKind::kCancelled:
      return 130;
  }
  return 1;
}

std::string_view Remedy(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kNotFound:
      return "check the name and the namespace (-n, or -A with 'vrtg vm list')";
    case ErrorKind::kUnauthorized:
      return "check which kubeconfig and context are used (--kubeconfig, --context) and that its "
             "credentials are valid";
    case ErrorKind::kUnavailable:
      return "is the API server running? 'vrtg status' shows the local one, 'vrtg up' starts it; "
             "--kubeconfig chooses another";
    case ErrorKind::kTimeout:
      return "give it longer with --timeout, and see 'vrtg vm describe NAME' for what it waits for";
    case ErrorKind::kStale:
      return "somebody else changed the object meanwhile; run the command again";
    case ErrorKind::kRateLimit:
    case ErrorKind::kRetryable:
      return "try again in a moment";
    case ErrorKind::kNotSupported:
      return "the API server is another version than this tool; compare both with 'vrtg version'";
    case ErrorKind::kInternal:
      return "this looks like a defect; please report it with the output of the same command and "
             "--verbose";
    case ErrorKind::kQuotaExceeded:
      return "make room first: on the disk of the API server ('vrtg status' shows its folder), or "
             "in the quota that the message names";
    case ErrorKind::kInvalidSpec:
    case ErrorKind::kConflict:
    case ErrorKind::kCancelled:
      return "";
  }
  return "";
}

}  // namespace vr::cli
