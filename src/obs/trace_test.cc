#include "obs/trace.h"

#include <gtest/gtest.h>

#include <vector>

namespace vr::obs {
namespace {

constexpr const char* kParent = "00-0123456789abcdef0123456789abcdef-00f067aa0ba902b7-01";

TEST(Traceparent, IsReadAndWritten) {
  const auto span = ParseTraceparent(kParent);
  ASSERT_TRUE(span.has_value());
  EXPECT_EQ(span->trace_id, "0123456789abcdef0123456789abcdef");
  EXPECT_EQ(span->span_id, "00f067aa0ba902b7");
  EXPECT_TRUE(span->sampled);
  EXPECT_EQ(ToTraceparent(*span), kParent);
  const std::string ids = std::string(kParent).substr(2, 50);
  EXPECT_FALSE(ParseTraceparent("00" + ids + "-00")->sampled);
  EXPECT_TRUE(ParseTraceparent("01" + ids + "-03-more")->sampled);
}

TEST(Traceparent, RefusesWhatIsNone) {
  const std::string zero_trace = "00-00000000000000000000000000000000-00f067aa0ba902b7-01";
  for (const std::string& text :
       {std::string(), std::string("00"), zero_trace, std::string(kParent) + "-more",
        "ff" + std::string(kParent).substr(2), std::string(kParent).replace(5, 1, "X"),
        std::string(kParent).replace(35, 1, "_")}) {
    EXPECT_FALSE(ParseTraceparent(text).has_value()) << text;
  }
}

class TracerTest : public ::testing::Test {
 protected:
  Tracer Recording(double ratio) {
    return Tracer(ratio, [this](FinishedSpan span) { spans_.push_back(std::move(span)); });
  }
  std::vector<FinishedSpan> spans_;
};

TEST_F(TracerTest, MakesNothingByDefault) {
  const Tracer none;
  const Span span(none, Context(), "work");
  EXPECT_FALSE(SpanOf(span.ctx()).has_value());
}

TEST_F(TracerTest, ASpanInAnotherIsItsChildAndTheLogNamesTheInnerOne) {
  const Tracer tracer = Recording(1);
  {
    Span outer(tracer, Context().WithField("object", "default/web"), "outer");
    Span inner(tracer, outer.ctx(), "inner", SpanKind::kClient);
    inner.Set("vm.id", "vm-1");
    inner.Set("task.ref", "");
    inner.End(Error{ErrorKind::kTimeout, "late", {}});
    EXPECT_EQ(inner.ctx().fields().size(), 4U);
  }
  ASSERT_EQ(spans_.size(), 2U);
  EXPECT_EQ(spans_[0].name, "inner");
  EXPECT_EQ(spans_[0].kind, SpanKind::kClient);
  EXPECT_EQ(spans_[0].error->kind, ErrorKind::kTimeout);
  EXPECT_EQ(spans_[0].attributes, (std::map<std::string, std::string>{{"vm.id", "vm-1"}}));
  EXPECT_EQ(spans_[0].parent_id, spans_[1].context.span_id);
  EXPECT_EQ(spans_[0].context.trace_id, spans_[1].context.trace_id);
  EXPECT_EQ(spans_[1].parent_id, "");
  EXPECT_FALSE(spans_[1].error.has_value());
  EXPECT_LE(spans_[1].start, spans_[0].start);
}

TEST_F(TracerTest, FollowsTheDecisionOfACallerAndSamplesItsOwnTracesByRatio) {
  const Tracer never = Recording(0);
  { const Span own(never, Context(), "own"); }
  EXPECT_TRUE(spans_.empty());
  { const Span asked(never, WithSpan(Context(), *ParseTraceparent(kParent)), "asked"); }
  ASSERT_EQ(spans_.size(), 1U);
  EXPECT_EQ(spans_[0].parent_id, "00f067aa0ba902b7");
  spans_.clear();
  const Tracer some = Recording(0.25);
  for (int i = 0; i < 2000; ++i) const Span span(some, Context(), "one");
  EXPECT_GT(spans_.size(), 400U);
  EXPECT_LT(spans_.size(), 600U);
}

TEST_F(TracerTest, UnsampledTracesKeepTheirIdForLogsAndTheWire) {
  const Tracer never = Recording(0);
  const Span span(never, Context(), "work");
  const auto here = SpanOf(span.ctx());
  ASSERT_TRUE(here.has_value());
  EXPECT_FALSE(here->sampled);
  EXPECT_EQ(ParseTraceparent(ToTraceparent(*here)), here);
}

}  // namespace
}  // namespace vr::obs
