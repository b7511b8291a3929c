#include "rpc/error_mapping.h"

#include "provider/v1/provider.pb.h"

namespace vr::rpc {
namespace {

namespace pb = ::provider::v1;

std::optional<Error> DetailOf(const grpc::Status& status) {
  pb::RpcStatus details;
  if (status.error_details().empty() || !details.ParseFromString(status.error_details()))
    return std::nullopt;
  for (const google::protobuf::Any& any : details.details()) {
    pb::ErrorDetail detail;
    if (!any.UnpackTo(&detail)) continue;
    const std::optional<ErrorKind> kind = ParseErrorKind(detail.kind());
    if (!kind) return std::nullopt;
    Error error{*kind, detail.message(), {}};
    if (detail.has_retry_after_ms())
      error.retry_after = std::chrono::milliseconds(detail.retry_after_ms());
    return error;
  }
  return std::nullopt;
}

}  // namespace

grpc::StatusCode CodeOf(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kNotFound:
      return grpc::StatusCode::NOT_FOUND;
    case ErrorKind::kInvalidSpec:
      return grpc::StatusCode::INVALID_ARGUMENT;
    case ErrorKind::kUnauthorized:
      return grpc::StatusCode::UNAUTHENTICATED;
    case ErrorKind::kNotSupported:
      return grpc::StatusCode::UNIMPLEMENTED;
    case ErrorKind::kRetryable:
      return grpc::StatusCode::ABORTED;
    case ErrorKind::kUnavailable:
      return grpc::StatusCode::UNAVAILABLE;
    case ErrorKind::kRateLimit:
      return grpc::StatusCode::RESOURCE_EXHAUSTED;
    case ErrorKind::kTimeout:
      return grpc::StatusCode::DEADLINE_EXCEEDED;
    case ErrorKind::kQuotaExceeded:
      return grpc::StatusCode::RESOURCE_EXHAUSTED;
    case ErrorKind::kConflict:
      return grpc::StatusCode::ALREADY_EXISTS;
    case ErrorKind::kStale:
      return grpc::StatusCode::FAILED_PRECONDITION;
    case ErrorKind::kCancelled:
      return grpc::StatusCode::CANCELLED;
    case ErrorKind::kInternal:
      return grpc::StatusCode::INTERNAL;
  }
  return grpc::StatusCode::UNKNOWN;
}

ErrorKind KindOf(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::NOT_FOUND:
      return ErrorKind::kNotFound;
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::OUT_OF_RANGE:
      return ErrorKind::kInvalidSpec;
    case grpc::StatusCode::FAILED_PRECONDITION:
      return ErrorKind::kConflict;
    case grpc::StatusCode::UNAUTHENTICATED:
    case grpc::StatusCode::PERMISSION_DENIED:
      return ErrorKind::kUnauthorized;
    case grpc::StatusCode::UNIMPLEMENTED:
      return ErrorKind::kNotSupported;
    case grpc::StatusCode::ABORTED:
      return ErrorKind::kRetryable;
    case grpc::StatusCode::UNAVAILABLE:
      return ErrorKind::kUnavailable;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return ErrorKind::kQuotaExceeded;
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return ErrorKind::kTimeout;
    case grpc::StatusCode::ALREADY_EXISTS:
      return ErrorKind::kConflict;
    case grpc::StatusCode::CANCELLED:
      return ErrorKind::kCancelled;
    default:
      return ErrorKind::kInternal;
  }
}

grpc::Status ToGrpc(const Status& status) {
  if (status) return grpc::Status::OK;
  const Error& error = status.error();
  pb::ErrorDetail detail;
  detail.set_kind(std::string(ToString(error.kind)));
  detail.set_message(error.message);
  if (error.retry_after) detail.set_retry_after_ms(error.retry_after->count());
  pb::RpcStatus details;
  details.set_code(CodeOf(error.kind));
  details.set_message(error.message);
  details.add_details()->PackFrom(detail);
  return {CodeOf(error.kind), error.message, details.SerializeAsString()};
}

Status FromGrpc(const grpc::Status& status, std::string_view what) {
  if (status.ok()) return {};
  if (std::optional<Error> detail = DetailOf(status)) {
    if (detail->kind == ErrorKind::kRateLimit) detail->kind = ErrorKind::kQuotaExceeded;
    return detail->Wrap(what);
  }
  return Error{KindOf(status.error_code()), status.error_message(), {}}.Wrap(what);
}

}  // namespace vr::rpc
