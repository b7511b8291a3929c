#include "base/error.h"

#include <gtest/gtest.h>

#include <set>

namespace vr {
namespace {

TEST(Error, EveryKindHasItsOwnNameAndParsesBack) {
  std::set<std::string_view> names;
  for (const ErrorKind kind : AllErrorKinds()) {
    names.insert(ToString(kind));
    EXPECT_EQ(ParseErrorKind(ToString(kind)), kind);
  }
  EXPECT_EQ(names.size(), AllErrorKinds().size());
  EXPECT_EQ(AllErrorKinds().size(), 13U);
  EXPECT_EQ(ParseErrorKind("notfound"), std::nullopt);
}

TEST(Error, UserErrorsWaitForANewSpec) {
  EXPECT_FALSE(IsRetryable(ErrorKind::kInvalidSpec));
  EXPECT_FALSE(IsRetryable(ErrorKind::kConflict));
  EXPECT_TRUE(IsRetryable(ErrorKind::kUnavailable));
  EXPECT_TRUE(IsRetryable(ErrorKind::kStale));
}

TEST(Error, WrapAddsOnePartAndKeepsKindAndHint) {
  const Error inner{ErrorKind::kRateLimit, "slow down", std::chrono::seconds(3)};
  const Error outer = inner.Wrap("create vm web");
  EXPECT_EQ(outer.message, "create vm web: slow down");
  EXPECT_EQ(outer.kind, ErrorKind::kRateLimit);
  EXPECT_EQ(outer.retry_after, inner.retry_after);
}

}  // namespace
}  // namespace vr
