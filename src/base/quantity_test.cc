#include "base/quantity.h"

#include <gtest/gtest.h>

namespace vr {
namespace {

TEST(Quantity, ReadsSuffixes) {
  EXPECT_EQ(Quantity::Parse("2Gi")->Value(), 2147483648);
  EXPECT_EQ(Quantity::Parse("2048Mi")->Mebibytes(), 2048);
  EXPECT_EQ(Quantity::Parse("1500m")->Value(), 2);
  EXPECT_EQ(Quantity::Parse("1e3")->Value(), 1000);
  EXPECT_EQ(Quantity::Parse("1.5Ki")->Value(), 1536);
  EXPECT_EQ(Quantity::Parse("10G")->Value(), 10'000'000'000);
  EXPECT_EQ(Quantity::Parse("1")->Mebibytes(), 1) << "a part of a MiB counts as one";
}

TEST(Quantity, KeepsTheUsersSpelling) { EXPECT_EQ(Quantity::Parse("2048Mi")->text(), "2048Mi"); }

TEST(Quantity, RefusesWhatIsNotAQuantity) {
  for (const char* text : {"", "Gi", "2GiB", "1 Gi", "--1", "0x10", "1e", "1e99", "NaN", "inf"}) {
    EXPECT_FALSE(Quantity::Parse(text).ok()) << text;
  }
}

TEST(Quantity, SaturatesInsteadOfOverflowing) {
  EXPECT_EQ(Quantity::Parse("99999Ei")->Value(), INT64_MAX);
}

TEST(Quantity, PicksTheLargestBinarySuffix) {
  EXPECT_EQ(Quantity::FromBytes(2147483648).text(), "2Gi");
  EXPECT_EQ(Quantity::FromBytes(1536).text(), "1536");
  EXPECT_EQ(Quantity::FromBytes(0).text(), "0");
}

}  // namespace
}  // namespace vr
