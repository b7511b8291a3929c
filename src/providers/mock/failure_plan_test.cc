#include "providers/mock/failure_plan.h"

#include <gtest/gtest.h>

namespace vr::mock {
namespace {

const Error kFull{ErrorKind::kQuotaExceeded, "full", {}};

TEST(FailureMode, NamesOperationsAllOfThemAndRatesOfTheirOwn) {
  const auto some = ParseFailureMode("create, power=0.5", 1);
  ASSERT_TRUE(some.ok()) << some.error().message;
  EXPECT_EQ(*some,
            (std::map<Operation, double>{{Operation::kCreate, 1}, {Operation::kPower, 0.5}}));
  EXPECT_EQ(ParseFailureMode("all", 0.1)->size(), AllOperations().size());
  EXPECT_EQ(ParseFailureMode("describe=0,all", 1)->at(Operation::kDescribe), 0);
  EXPECT_TRUE(ParseFailureMode("", 1)->empty());
}

TEST(FailureMode, RefusesUnknownOperationsAndRates) {
  EXPECT_NE(ParseFailureMode("creat", 1).error().message.find("snapshot_revert"),
            std::string::npos);
  EXPECT_EQ(ParseFailureMode("create=2", 1).error().kind, ErrorKind::kInvalidSpec);
  EXPECT_EQ(ParseFactor("MOCK_DELAY_SCALE", "-1", 100).error().kind, ErrorKind::kInvalidSpec);
  EXPECT_EQ(ParseFactor("MOCK_DELAY_SCALE", "nan", 100).error().kind, ErrorKind::kInvalidSpec);
  EXPECT_EQ(ParseFactor("MOCK_DELAY_SCALE", "", 100).error().kind, ErrorKind::kInvalidSpec);
  EXPECT_EQ(*ParseFactor("MOCK_DELAY_SCALE", "0.25", 100), 0.25);
}

TEST(FailureMode, EveryOperationHasItsOwnName) {
  for (const Operation operation : AllOperations())
    EXPECT_EQ(ParseOperation(ToString(operation)), operation);
}

TEST(FailurePlan, FailsTheNextCallsOfOneOperationInOrder) {
  FailurePlan plan({}, 1);
  plan.FailNext(Operation::kPower, kFull, 2);
  EXPECT_TRUE(plan.AtCall(Operation::kCreate).ok());
  EXPECT_EQ(plan.AtCall(Operation::kPower).error(), kFull);
  EXPECT_TRUE(plan.AtTask(Operation::kPower).ok());
  EXPECT_EQ(plan.AtCall(Operation::kPower).error(), kFull);
  EXPECT_TRUE(plan.AtCall(Operation::kPower).ok());
}

TEST(FailurePlan, FailsTasksWithoutFailingTheirCalls) {
  FailurePlan plan({.rates = {{Operation::kTaskStatus, 1}}}, 1);
  EXPECT_TRUE(plan.AtCall(Operation::kCreate).ok());
  EXPECT_EQ(plan.AtTask(Operation::kCreate).error().kind, ErrorKind::kRetryable);
  plan.Clear();
  EXPECT_TRUE(plan.AtTask(Operation::kCreate).ok());
  plan.FailNextTask(Operation::kCreate, kFull);
  EXPECT_EQ(plan.AtTask(Operation::kCreate).error(), kFull);
  EXPECT_TRUE(plan.AtTask(Operation::kCreate).ok());
}

TEST(FailurePlan, FailsAboutAsOftenAsAskedAndTheSameForTheSameSeed) {
  const FailureOptions options{.rates = {{Operation::kDescribe, 0.3}},
                               .kind = ErrorKind::kUnavailable};
  FailurePlan plan(options, 7), twin(options, 7);
  int failed = 0;
  for (int i = 0; i < 1000; ++i) {
    const Status status = plan.AtCall(Operation::kDescribe);
    EXPECT_EQ(status, twin.AtCall(Operation::kDescribe));
    if (status) continue;
    EXPECT_EQ(status.error().kind, ErrorKind::kUnavailable);
    ++failed;
  }
  EXPECT_GT(failed, 230);
  EXPECT_LT(failed, 370);
}

TEST(FailurePlan, SlowCallsTakeTheDocumentedTime) {
  FailurePlan plan({.slow = true}, 3);
  for (int i = 0; i < 100; ++i) {
    const Duration delay = plan.CallDelay();
    EXPECT_GE(delay, std::chrono::milliseconds(100));
    EXPECT_LE(delay, std::chrono::milliseconds(600));
  }
  EXPECT_EQ(FailurePlan({}, 3).CallDelay(), Duration::zero());
}

}  // namespace
}  // namespace vr::mock
