#include "kube/event_series.h"

#include <gtest/gtest.h>

#include "testing/fake_clock.h"

namespace vr::kube {
namespace {

class EventSeriesTest : public ::testing::Test {
 protected:
  RecordedEvent Event(const std::string& name, const std::string& message = "m") const {
    return {.about = {.api_version = "v1", .kind = "X", .key = {"default", name}, .uid = "u"},
            .type = EventType::kNormal,
            .reason = "Why",
            .message = message,
            .time = clock_.WallNow()};
  }
  // How many times the event has happened; 0 when it is one too many.
  static int Count(EventSeries& series, const RecordedEvent& event) {
    const EventOccurrence* occurrence = series.Next(event);
    return occurrence == nullptr ? 0 : occurrence->count;
  }

  testing::FakeClock clock_;
};

TEST_F(EventSeriesTest, CountsRepetitionsOfTheSameEvent) {
  EventSeries series({}, clock_);
  const WallTime first = clock_.WallNow();
  EXPECT_EQ(Count(series, Event("a")), 1);
  clock_.Advance(std::chrono::seconds(9));
  EXPECT_EQ(Count(series, Event("a")), 2);
  EXPECT_EQ(series.Next(Event("a"))->first, first);
}

TEST_F(EventSeriesTest, KeepsDifferentEventsApart) {
  EventSeries series({}, clock_);
  RecordedEvent event = Event("a", "x");
  EXPECT_EQ(Count(series, event), 1);
  event.type = EventType::kWarning;
  EXPECT_EQ(Count(series, event), 1);
  event.reason = "Other";
  EXPECT_EQ(Count(series, event), 1);
  event.message = "y";
  EXPECT_EQ(Count(series, event), 1);
  event.about.uid = "a new object of the same name";
  EXPECT_EQ(Count(series, event), 1);
  event.about.key.ns = "other";
  EXPECT_EQ(Count(series, event), 1);
}

TEST_F(EventSeriesTest, LimitsEachObjectAndRefillsSlowly) {
  EventSeries series({.burst = 3, .refill = std::chrono::minutes(5)}, clock_);
  for (int i = 1; i <= 3; ++i) EXPECT_EQ(Count(series, Event("a")), i);
  EXPECT_EQ(Count(series, Event("a")), 0);
  EXPECT_EQ(Count(series, Event("a", "another message")), 0);
  EXPECT_EQ(Count(series, Event("b")), 1) << "another object has its own limit";
  clock_.Advance(std::chrono::minutes(4));
  EXPECT_EQ(Count(series, Event("a")), 0);
  clock_.Advance(std::chrono::minutes(2));
  EXPECT_EQ(Count(series, Event("a")), 4);
  EXPECT_EQ(Count(series, Event("a")), 0);
}

TEST_F(EventSeriesTest, ForgetsWhatWasLongestUnused) {
  EventSeries series({.max_series = 2}, clock_);
  EXPECT_EQ(Count(series, Event("a")), 1);
  EXPECT_EQ(Count(series, Event("b")), 1);
  EXPECT_EQ(Count(series, Event("a")), 2);
  EXPECT_EQ(Count(series, Event("c")), 1) << "this takes the place of b";
  EXPECT_EQ(Count(series, Event("a")), 3);
  EXPECT_EQ(Count(series, Event("b")), 1);
}

}  // namespace
}  // namespace vr::kube
