#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace vr {
namespace {

Result<int> Half(int n) {
  if (n % 2 != 0) return Error{ErrorKind::kInvalidSpec, "odd", {}};
  return n / 2;
}

Result<int> Quarter(int n) {
  VR_ASSIGN_OR_RETURN(const int half, Half(n));
  return Half(half);
}

Status CheckEven(int n) {
  VR_RETURN_IF_ERROR(Half(n));
  return {};
}

TEST(Result, CarriesTheValueThroughTheMacros) {
  EXPECT_EQ(Quarter(12).value(), 3);
  EXPECT_TRUE(CheckEven(2).ok());
}

TEST(Result, CarriesTheFirstErrorThroughTheMacros) {
  ASSERT_FALSE(Quarter(6).ok());
  EXPECT_EQ(Quarter(6).error().message, "odd");
  EXPECT_EQ(CheckEven(1).error().kind, ErrorKind::kInvalidSpec);
}

TEST(Result, HoldsMoveOnlyValues) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  const std::unique_ptr<int> taken = std::move(result).value();
  EXPECT_EQ(*taken, 7);
}

TEST(Result, FallsBackOnlyOnError) {
  EXPECT_EQ(Half(4).value_or(-1), 2);
  EXPECT_EQ(Half(3).value_or(-1), -1);
}

TEST(Result, StatusDropsTheValueAndKeepsTheError) {
  EXPECT_TRUE(Half(4).status().ok());
  EXPECT_EQ(Half(3).status().error(), (Error{ErrorKind::kInvalidSpec, "odd", {}}));
}

}  // namespace
}  // namespace vr
