#include "cli/exit_code.h"

#include <gtest/gtest.h>

#include <set>

namespace vr::cli {
namespace {

TEST(ExitCode, DiffersForEveryKindAndIsNeverSuccessOrUsage) {
  std::set<int> seen = {0, kExitUsage};
  for (const ErrorKind kind : AllErrorKinds()) {
    EXPECT_TRUE(seen.insert(ExitCode(kind)).second) << ToString(kind);
  }
}

TEST(ExitCode, SuggestsSomethingForErrorsOfTheWorldOutside) {
  for (const ErrorKind kind : {ErrorKind::kUnavailable, ErrorKind::kTimeout,
                               ErrorKind::kUnauthorized, ErrorKind::kNotFound}) {
    EXPECT_NE(Remedy(kind), "") << ToString(kind);
  }
}

}  // namespace
}  // namespace vr::cli
