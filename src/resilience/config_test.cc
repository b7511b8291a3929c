#include "resilience/config.h"

#include <gtest/gtest.h>

namespace vr::resilience {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

TEST(ResilienceConfig, DefaultsAreTheDocumentedOnes) {
  const Config config = ConfigFromEnvironment({}).value();
  EXPECT_EQ(config.timeouts.mutating, minutes(4));
  EXPECT_EQ(config.retry.max_attempts, 5);
  EXPECT_EQ(config.breaker.failure_threshold, 10);
  EXPECT_EQ(config.rate_limit.burst, 20);
  EXPECT_EQ(config.max_inflight_tasks, 100);
}

TEST(ResilienceConfig, ReadsEveryDocumentedVariable) {
  const Config config = ConfigFromEnvironment({{"RPC_TIMEOUT_DESCRIBE", "45s"},
                                               {"RPC_TIMEOUT_MUTATING", "10m"},
                                               {"RPC_TIMEOUT_VALIDATE", "5s"},
                                               {"RPC_TIMEOUT_TASK_STATUS", "7s"},
                                               {"RETRY_MAX_ATTEMPTS", "3"},
                                               {"RETRY_BASE_DELAY", "1s"},
                                               {"RETRY_MAX_DELAY", "1m"},
                                               {"RETRY_MULTIPLIER", "3.0"},
                                               {"RETRY_JITTER", "false"},
                                               {"CB_FAILURE_THRESHOLD", "5"},
                                               {"CB_RESET_SECONDS", "30"},
                                               {"CB_HALF_OPEN_MAX_CALLS", "1"},
                                               {"RATE_LIMIT_QPS", "20"},
                                               {"RATE_LIMIT_BURST", "50"},
                                               {"MAX_INFLIGHT_TASKS", "7"}})
                            .value();
  EXPECT_EQ(config.timeouts.describe, seconds(45));
  EXPECT_EQ(config.timeouts.mutating, minutes(10));
  EXPECT_EQ(config.timeouts.validate, seconds(5));
  EXPECT_EQ(config.timeouts.task_status, seconds(7));
  EXPECT_EQ(config.retry.max_attempts, 3);
  EXPECT_EQ(config.retry.base_delay, seconds(1));
  EXPECT_EQ(config.retry.max_delay, minutes(1));
  EXPECT_EQ(config.retry.multiplier, 3.0);
  EXPECT_FALSE(config.retry.jitter);
  EXPECT_EQ(config.breaker.failure_threshold, 5);
  EXPECT_EQ(config.breaker.reset, seconds(30));
  EXPECT_EQ(config.breaker.half_open_max_calls, 1);
  EXPECT_EQ(config.rate_limit.qps, 20);
  EXPECT_EQ(config.rate_limit.burst, 50);
  EXPECT_EQ(config.max_inflight_tasks, 7);
}

TEST(ResilienceConfig, AnErrorNamesTheVariableAndTheRemedy) {
  EXPECT_EQ(ConfigFromEnvironment({{"RETRY_MAX_ATTEMPTS", "0"}}).error().message,
            "environment variable RETRY_MAX_ATTEMPTS is '0'; set it to a number from 1 to 100");
  EXPECT_FALSE(ConfigFromEnvironment({{"RETRY_JITTER", "yes"}}).ok());
  EXPECT_FALSE(ConfigFromEnvironment({{"RPC_TIMEOUT_DESCRIBE", "soon"}}).ok());
  EXPECT_FALSE(ConfigFromEnvironment({{"RATE_LIMIT_QPS", "nan"}}).ok());
}

}  // namespace
}  // namespace vr::resilience
