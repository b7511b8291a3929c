#include "obs/health.h"

#include <gtest/gtest.h>

namespace vr::obs {
namespace {

TEST(HealthChecks, IsHealthyWithoutChecks) {
  EXPECT_TRUE(HealthChecks().Ask(CheckKind::kReadiness).ok());
  EXPECT_EQ(HealthChecks().Json(), R"({"checks":{},"status":"healthy"})");
}

TEST(HealthChecks, AFailingReadinessCheckDoesNotEndTheProcess) {
  HealthChecks checks;
  checks.Register(CheckKind::kReadiness, "caches", [] {
    return Status(Error{ErrorKind::kUnavailable, "not synced", {}});
  });
  EXPECT_TRUE(checks.Ask(CheckKind::kLiveness).ok());
  EXPECT_EQ(checks.Ask(CheckKind::kReadiness).error().message, "caches: not synced");
  EXPECT_EQ(
      checks.Json(),
      R"({"checks":{"caches":{"message":"not synced","status":"unhealthy"}},"status":"unhealthy"})");
}

TEST(HealthChecks, AFailingLivenessCheckMakesItUnreadyToo) {
  HealthChecks checks;
  checks.Register(CheckKind::kLiveness, "queue", [] {
    return Status(Error{ErrorKind::kInternal, "stuck", {}});
  });
  EXPECT_FALSE(checks.Ask(CheckKind::kReadiness).ok());
  checks.Unregister("queue");
  EXPECT_TRUE(checks.Ask(CheckKind::kReadiness).ok());
}

}  // namespace
}  // namespace vr::obs
