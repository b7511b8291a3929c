#include "providers/libvirt/error_map.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <vector>

namespace vr::libvirt {
namespace {

struct Case {
  int code;
  int domain;
  int number;  // errno
  ErrorKind kind;
};

TEST(KindOf, MapsLibvirtsCodes) {
  const std::vector<Case> cases = {
      {VIR_ERR_NO_DOMAIN, VIR_FROM_QEMU, 0, ErrorKind::kNotFound},
      {VIR_ERR_NO_STORAGE_VOL, VIR_FROM_STORAGE, 0, ErrorKind::kNotFound},
      {VIR_ERR_NO_STORAGE_POOL, VIR_FROM_STORAGE, 0, ErrorKind::kNotFound},
      {VIR_ERR_XML_ERROR, VIR_FROM_DOMAIN, 0, ErrorKind::kInvalidSpec},
      {VIR_ERR_CONFIG_UNSUPPORTED, VIR_FROM_QEMU, 0, ErrorKind::kNotSupported},
      {VIR_ERR_NO_SUPPORT, VIR_FROM_TEST, 0, ErrorKind::kNotSupported},
      {VIR_ERR_AUTH_FAILED, VIR_FROM_RPC, 0, ErrorKind::kUnauthorized},
      {VIR_ERR_OPERATION_TIMEOUT, VIR_FROM_QEMU, 0, ErrorKind::kTimeout},
      {VIR_ERR_DOM_EXIST, VIR_FROM_DOMAIN, 0, ErrorKind::kConflict},
      {VIR_ERR_STORAGE_VOL_EXIST, VIR_FROM_STORAGE, 0, ErrorKind::kConflict},
      {VIR_ERR_OPERATION_FAILED, VIR_FROM_QEMU, 0, ErrorKind::kRetryable},
      {VIR_ERR_OPERATION_INVALID, VIR_FROM_QEMU, 0, ErrorKind::kRetryable},
      {VIR_ERR_AGENT_UNRESPONSIVE, VIR_FROM_QEMU, 0, ErrorKind::kRetryable},
      {VIR_ERR_INTERNAL_ERROR, VIR_FROM_QEMU, 0, ErrorKind::kRetryable},
      {VIR_ERR_INTERNAL_ERROR, VIR_FROM_RPC, 0, ErrorKind::kUnavailable},
      {VIR_ERR_SYSTEM_ERROR, VIR_FROM_RPC, ECONNREFUSED, ErrorKind::kUnavailable},
      {VIR_ERR_SYSTEM_ERROR, VIR_FROM_STORAGE, ENOSPC, ErrorKind::kQuotaExceeded},
      {VIR_ERR_SYSTEM_ERROR, VIR_FROM_STORAGE, EACCES, ErrorKind::kUnauthorized},
      {VIR_ERR_SYSTEM_ERROR, VIR_FROM_STORAGE, EIO, ErrorKind::kRetryable},
  };
  for (const Case& c : cases) {
    virError error{};
    error.code = c.code;
    error.domain = c.domain;
    error.int1 = c.number;
    EXPECT_EQ(KindOf(error), c.kind) << "code " << c.code << " of part " << c.domain;
  }
}

TEST(KindOf, NeverReportsAnUnknownCodeAsNotFound) {
  for (int code = 0; code < 200; ++code) {
    virError error{};
    error.code = code;
    const bool names_nothing = code != VIR_ERR_NO_DOMAIN && code != VIR_ERR_NO_NETWORK &&
                               code != VIR_ERR_NO_STORAGE_POOL && code != VIR_ERR_NO_STORAGE_VOL &&
                               code != VIR_ERR_NO_DOMAIN_SNAPSHOT && code != VIR_ERR_NO_INTERFACE &&
                               code != VIR_ERR_NO_DOMAIN_METADATA && code != VIR_ERR_NO_SECRET;
    EXPECT_EQ(KindOf(error) == ErrorKind::kNotFound, !names_nothing) << code;
  }
}

}  // namespace
}  // namespace vr::libvirt
