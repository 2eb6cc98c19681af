#include "runtime/base/number_text.h"

#include <gtest/gtest.h>

namespace jangwon {
namespace {

TEST(NumberText, GroupsDigitsByThree) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1000), "1,000");
  EXPECT_EQ(with_commas(12032), "12,032");
  EXPECT_EQ(with_commas(-1234567), "-1,234,567");
  EXPECT_EQ(with_commas(-123), "-123");
}

TEST(NumberText, BytesHaveThreeFiguresAndTheUnitThatKeepsThem) {
  EXPECT_EQ(bytes_text(0), "0 bytes");
  EXPECT_EQ(bytes_text(999), "999 bytes");
  EXPECT_EQ(bytes_text(1024), "1.00 KiB");
  EXPECT_EQ(bytes_text(int64_t{34} << 20), "34.0 MiB");
  EXPECT_EQ(bytes_text(int64_t{500} << 20), "500 MiB");
  EXPECT_EQ(bytes_text(int64_t{1000} << 20), "0.98 GiB");
  EXPECT_EQ(bytes_text(61400000000), "57.2 GiB");
  EXPECT_EQ(bytes_text(int64_t{1} << 60), "1048576 TiB");
}

TEST(NumberText, DurationsHaveTwoUnits) {
  EXPECT_EQ(duration_text(0.4), "0s");
  EXPECT_EQ(duration_text(59.6), "1m00s");
  EXPECT_EQ(duration_text(185), "3m05s");
  EXPECT_EQ(duration_text(7800), "2h10m");
  EXPECT_EQ(duration_text(4.25 * 86400), "4d06h");
  // no number of days that an integer cannot hold
  EXPECT_EQ(duration_text(1e300), duration_text(1e12));
}

}  // namespace
}  // namespace jangwon
