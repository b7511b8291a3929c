#include "providers/libvirt/error_map.h"

#include <cerrno>
#include <string>

namespace vr::libvirt {
namespace {

// VIR_ERR_SYSTEM_ERROR carries errno; on the connection itself it means that nobody answers.
ErrorKind KindOfSystemError(const virError& error) {
  switch (error.int1) {
    case ENOSPC:
    case EDQUOT:
      return ErrorKind::kQuotaExceeded;
    case EACCES:
    case EPERM:
      return ErrorKind::kUnauthorized;
    case ETIMEDOUT:
      return error.domain == VIR_FROM_RPC ? ErrorKind::kUnavailable : ErrorKind::kTimeout;
    default:
      return error.domain == VIR_FROM_RPC ? ErrorKind::kUnavailable : ErrorKind::kRetryable;
  }
}

}  // namespace

ErrorKind KindOf(const virError& error) {
  switch (error.code) {
    case VIR_ERR_NO_DOMAIN:
    case VIR_ERR_NO_NETWORK:
    case VIR_ERR_NO_STORAGE_POOL:
    case VIR_ERR_NO_STORAGE_VOL:
    case VIR_ERR_NO_DOMAIN_SNAPSHOT:
    case VIR_ERR_NO_DOMAIN_METADATA:
    case VIR_ERR_NO_INTERFACE:
    case VIR_ERR_NO_SECRET:
      return ErrorKind::kNotFound;
    case VIR_ERR_INVALID_ARG:
    case VIR_ERR_XML_ERROR:
    case VIR_ERR_XML_DETAIL:
    case VIR_ERR_XML_INVALID_SCHEMA:
    case VIR_ERR_OS_TYPE:
    case VIR_ERR_NO_CONNECT:
      return ErrorKind::kInvalidSpec;
    case VIR_ERR_NO_SUPPORT:
    case VIR_ERR_CONFIG_UNSUPPORTED:
    case VIR_ERR_ARGUMENT_UNSUPPORTED:
    case VIR_ERR_OPERATION_UNSUPPORTED:
      return ErrorKind::kNotSupported;
    case VIR_ERR_AUTH_FAILED:
    case VIR_ERR_AUTH_CANCELLED:
    case VIR_ERR_AUTH_UNAVAILABLE:
    case VIR_ERR_ACCESS_DENIED:
    case VIR_ERR_OPERATION_DENIED:
      return ErrorKind::kUnauthorized;
    case VIR_ERR_OPERATION_TIMEOUT:
      return ErrorKind::kTimeout;
    case VIR_ERR_DOM_EXIST:
    case VIR_ERR_NETWORK_EXIST:
    case VIR_ERR_STORAGE_VOL_EXIST:
      return ErrorKind::kConflict;
    case VIR_ERR_RPC:
    case VIR_ERR_INVALID_CONN:
    case VIR_ERR_GNUTLS_ERROR:
      return ErrorKind::kUnavailable;
    case VIR_ERR_INTERNAL_ERROR:
      return error.domain == VIR_FROM_RPC ? ErrorKind::kUnavailable : ErrorKind::kRetryable;
    case VIR_ERR_SYSTEM_ERROR:
      return KindOfSystemError(error);
    default:
      return ErrorKind::kRetryable;  // a failed operation, a busy or changing VM, a silent agent
  }
}

Error LastError(std::string_view what) {
  const virError* error = virGetLastError();
  if (error == nullptr) {
    return Error{ErrorKind::kInternal, std::string(what) + ": libvirt gave no reason", {}};
  }
  return Error{KindOf(*error),
               std::string(what) + ": " + (error->message ? error->message : "unknown error"),
               {}};
}

}  // namespace vr::libvirt
