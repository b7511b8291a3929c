#include "base/timestamp.h"

#include <gtest/gtest.h>

namespace vr {
namespace {

TEST(Timestamp, FormatsWholeSecondsAndMicroseconds) {
  const WallTime time = ParseTimestamp("2026-01-31T12:00:01.25Z").value();
  EXPECT_EQ(FormatTimestamp(time), "2026-01-31T12:00:01Z");
  EXPECT_EQ(FormatMicroTimestamp(time), "2026-01-31T12:00:01.250000Z");
}

TEST(Timestamp, FormatsDatesOfHttp) {
  const auto date = [](const char* text) { return FormatHttpDate(ParseTimestamp(text).value()); };
  EXPECT_EQ(date("1994-11-06T08:49:37.9Z"), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(date("2026-01-31T23:59:59Z"), "Sat, 31 Jan 2026 23:59:59 GMT");
  EXPECT_EQ(date("2028-02-29T00:00:00Z"), "Tue, 29 Feb 2028 00:00:00 GMT");
  EXPECT_EQ(date("1969-12-31T23:59:59Z"), "Wed, 31 Dec 1969 23:59:59 GMT");
}

TEST(Timestamp, AppliesOffsets) {
  EXPECT_EQ(FormatTimestamp(ParseTimestamp("2026-03-01T00:30:00+02:00").value()),
            "2026-02-28T22:30:00Z");
}

TEST(Timestamp, RefusesWhatIsNotATime) {
  for (const char* text :
       {"", "2026-01-31", "2026-02-30T00:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T12:00:00",
        "2026-01-31T12:00:00.Z", "2026-01-31T12:00:00+2:00", "9999-01-01T00:00:00Z",
        "2026/01/31T12:00:00Z"}) {
    EXPECT_FALSE(ParseTimestamp(text).ok()) << text;
  }
}

TEST(Timestamp, AgesReadAsInKubectl) {
  using std::chrono::hours;
  using std::chrono::minutes;
  using std::chrono::seconds;
  EXPECT_EQ(FormatAge(seconds(90)), "90s");
  EXPECT_EQ(FormatAge(seconds(200)), "3m20s");
  EXPECT_EQ(FormatAge(minutes(30)), "30m");
  EXPECT_EQ(FormatAge(hours(5) + minutes(3)), "5h3m");
  EXPECT_EQ(FormatAge(hours(24 * 10)), "10d");
  EXPECT_EQ(FormatAge(-seconds(1)), "0s");
}

}  // namespace
}  // namespace vr
