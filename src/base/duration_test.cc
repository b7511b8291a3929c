#include "base/duration.h"

#include <gtest/gtest.h>

namespace vr {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(Duration, ParsesEveryUnit) {
  EXPECT_EQ(ParseDuration("30s").value(), seconds(30));
  EXPECT_EQ(ParseDuration("1h30m").value(), minutes(90));
  EXPECT_EQ(ParseDuration("500ms").value(), milliseconds(500));
  EXPECT_EQ(ParseDuration("7d").value(), hours(168));
  EXPECT_EQ(ParseDuration("2w").value(), hours(336));
  EXPECT_EQ(ParseDuration("1.5h").value(), minutes(90));
  EXPECT_EQ(ParseDuration("3µs").value(), microseconds(3));
  EXPECT_EQ(ParseDuration("-2m").value(), -minutes(2));
  EXPECT_EQ(ParseDuration("0").value(), Duration::zero());
}

TEST(Duration, RefusesWhatIsNotADuration) {
  for (const char* text : {"", "-", "5", "s", "1x", "1h-3m", "1 h", "999999w", "..5s", "1e3s"}) {
    EXPECT_FALSE(ParseDuration(text).ok()) << text;
  }
}

TEST(Duration, ErrorSaysWhatToWrite) {
  EXPECT_NE(ParseDuration("5").error().message.find("30s, 5m, 2h or 7d"), std::string::npos);
}

TEST(Duration, FormatsAsGoDoes) {
  EXPECT_EQ(FormatDuration(Duration::zero()), "0s");
  EXPECT_EQ(FormatDuration(minutes(90)), "1h30m0s");
  EXPECT_EQ(FormatDuration(milliseconds(1500)), "1.5s");
  EXPECT_EQ(FormatDuration(milliseconds(20)), "20ms");
  EXPECT_EQ(FormatDuration(microseconds(1500)), "1.5ms");
  EXPECT_EQ(FormatDuration(-minutes(2)), "-2m0s");
}

TEST(Duration, WhatItFormatsItParses) {
  for (const int64_t ns :
       {1LL, 999LL, 1'000'001LL, 59'999'999'999LL, 86'400'000'000'000LL, -5'000'000'000LL}) {
    EXPECT_EQ(ParseDuration(FormatDuration(Duration(ns))).value(), Duration(ns));
  }
}

}  // namespace
}  // namespace vr
