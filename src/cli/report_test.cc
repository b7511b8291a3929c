#include "cli/report.h"

#include <gmock/gmock.h>

#include <sstream>

namespace vr::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ReportTest : public ::testing::Test {
 protected:
  std::istringstream in_;
  std::ostringstream out_, err_;
  Env env_{.in = in_, .out = out_, .err = err_};
};

TEST_F(ReportTest, ShowsTheHintOfAnErrorInPlaceOfTheOneOfItsKind) {
  const Error own = WithHint({ErrorKind::kNotFound, "cannot read /nope", {}}, "mount it");
  ReportError(env_, own.Wrap("--user-data"));
  EXPECT_EQ(err_.str(), "error: --user-data: cannot read /nope\nhint: mount it\n");
  EXPECT_EQ(AdviceOf(WithHint(own, "")).hint, "");
  EXPECT_THAT(AdviceOf({ErrorKind::kNotFound, "no such thing", {}}).hint, HasSubstr("namespace"));
}

TEST_F(ReportTest, SuspectsNoDefectWhereADiskIsFull) {
  const Advice advice = AdviceOf({ErrorKind::kQuotaExceeded, "database or disk is full", {}});
  EXPECT_THAT(advice.hint, HasSubstr("disk of the API server"));
  EXPECT_THAT(advice.hint, Not(HasSubstr("defect")));
}

TEST_F(ReportTest, FailuresOfSeveralThingsAreToldAtOnceAndCountedInTheEnd) {
  Failures failures(env_, 3);
  EXPECT_TRUE(failures.Summary("were not done").ok());
  EXPECT_TRUE(failures.Add({ErrorKind::kNotFound, "first", {}}));
  EXPECT_TRUE(failures.Add({ErrorKind::kConflict, "second", {}}));
  EXPECT_THAT(err_.str(), HasSubstr("error: first"));
  EXPECT_THAT(err_.str(), HasSubstr("error: second"));
  const Status summary = failures.Summary("were not done");
  ASSERT_FALSE(summary.ok());
  EXPECT_EQ(summary.error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(AdviceOf(summary.error()).message, "2 of 3 were not done");
  EXPECT_FALSE(failures.Add({ErrorKind::kUnavailable, "nobody there", {}})) << "nor would the rest";
}

TEST_F(ReportTest, TheFailureOfASingleThingIsTheCommands) {
  Failures failures(env_, 1);
  failures.Add({ErrorKind::kNotFound, "first", {}});
  EXPECT_EQ(err_.str(), "");
  EXPECT_EQ(failures.Summary("were not done").error().message, "first");
}

}  // namespace
}  // namespace vr::cli
