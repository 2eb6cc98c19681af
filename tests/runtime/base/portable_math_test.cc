// Held to the C library's long double functions, whose errors are a two-thousandth of a unit in
// a double's last place, and to a hash of their bits, which must come out on every machine and
// with every compiler.

#include "runtime/base/portable_math.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <random>

#include "runtime/base/counter_rng.h"

namespace jangwon {
namespace {

// |value − exact| in units of the last place of a double near `exact`.
double ulps(double value, long double exact) {
  if (static_cast<long double>(value) == exact) return 0.0;
  const double nearest = static_cast<double>(exact);
  const double above = std::nextafter(std::abs(nearest), std::numeric_limits<double>::infinity());
  return static_cast<double>(std::abs(static_cast<long double>(value) - exact) /
                             (above - std::abs(nearest)));
}

struct Range {
  double first;
  double last;
};

double worst_of(double (*ours)(double), long double (*exact)(long double), Range range) {
  double worst = 0.0;
  for (uint64_t i = 0; i < 200'000; ++i) {
    const double x = range.first + (range.last - range.first) * uniform_at(7, i);
    worst = std::max(worst, ulps(ours(x), exact(x)));
  }
  return worst;
}

TEST(PortableMath, ExpIsWithinAUnit) {
  for (const Range range : {Range{-1e-8, 1e-8}, {-1.0, 1.0}, {-50.0, 0.0}, {-708.0, 709.0}})
    EXPECT_LT(worst_of(portable_exp, std::exp, range), 1.0) << range.first;
  EXPECT_EQ(portable_exp(0.0), 1.0);
  EXPECT_EQ(portable_exp(1000.0), std::numeric_limits<double>::infinity());
  EXPECT_EQ(portable_exp(-1000.0), 0.0);
  EXPECT_EQ(portable_exp(-std::numeric_limits<double>::infinity()), 0.0);
  EXPECT_TRUE(std::isnan(portable_exp(NAN)));
  // subnormal
  EXPECT_NEAR(portable_exp(-740.0) / static_cast<double>(std::exp(-740.0L)), 1.0, 0.01);
}

TEST(PortableMath, LogIsWithinAUnit) {
  for (const Range range : {Range{1e-12, 1e-6},
                            {0.5, 0.999},
                            {0.999999, 1.000001},
                            {1.0, 3.0},
                            {3.0, 1e6},
                            {1e6, 1e300}})
    EXPECT_LT(worst_of(portable_log, std::log, range), 1.0) << range.first;
  EXPECT_EQ(portable_log(1.0), 0.0);
  EXPECT_EQ(portable_log(0.0), -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(portable_log(-1.0)));
  EXPECT_LT(ulps(portable_log(5e-320), std::log(static_cast<long double>(5e-320))), 1.0);
}

TEST(PortableMath, PowIsWithinItsBound) {
  double worst = 0.0;
  for (uint64_t i = 0; i < 200'000; ++i) {
    const double base = 1.0 + 1e7 * uniform_at(8, 2 * i);
    const double exponent = 2.0 * uniform_at(8, 2 * i + 1) - 1.0;
    worst = std::max(worst, ulps(portable_pow(base, exponent),
                                 std::pow(static_cast<long double>(base), exponent)));
  }
  EXPECT_LT(worst, 40.0);
  EXPECT_EQ(portable_pow(10000.0, 0.0), 1.0);
}

TEST(PortableMath, CosAndSinAreWithinAUnit) {
  for (const Range range :
       {Range{-1e-5, 1e-5}, {-0.79, 0.79}, {0.0, 7.0}, {0.0, 4096.0}, {1e5, 1.1e6}, {1e9, 2e9}}) {
    EXPECT_LT(worst_of(portable_cos, std::cos, range), 1.0) << range.first;
    EXPECT_LT(worst_of(portable_sin, std::sin, range), 1.0) << range.first;
  }
  EXPECT_EQ(portable_cos(0.0), 1.0);
  EXPECT_EQ(portable_sin(0.0), 0.0);
  // Next to a multiple of π/2 nearly all digits cancel; these whole numbers come closest.
  for (const double x :
       {11.0, 22.0, 344.0, 355.0, 710.0, 103993.0, 573204.0, 51819.0, 245850922.0, 411557987.0}) {
    EXPECT_LT(ulps(portable_cos(x), std::cos(static_cast<long double>(x))), 1.0) << x;
    EXPECT_LT(ulps(portable_sin(x), std::sin(static_cast<long double>(x))), 1.0) << x;
  }
}

// What rotary angles need: rounded to float they are what the exact value rounds to, but for
// one in millions.
TEST(PortableMath, FloatsOfAnglesAreCorrectlyRounded) {
  int different = 0;
  for (uint64_t i = 0; i < 400'000; ++i) {
    const double angle = static_cast<float>(131072.0 * uniform_at(9, i));
    different += static_cast<float>(portable_cos(angle)) !=
                 static_cast<float>(std::cos(static_cast<long double>(angle)));
    different += static_cast<float>(portable_sin(angle)) !=
                 static_cast<float>(std::sin(static_cast<long double>(angle)));
  }
  EXPECT_LE(different, 1);
}

TEST(PortableMath, BitsAreTheSameEverywhere) {
  const auto hash_of = [](const std::function<double(double)>& f, double first, double last) {
    uint64_t hash = 0;
    for (uint64_t i = 0; i < 10'000; ++i)
      hash = combine_keys(hash,
                          std::bit_cast<uint64_t>(f(first + (last - first) * uniform_at(10, i))));
    return hash;
  };
  EXPECT_EQ(hash_of(portable_exp, -700.0, 50.0), 16409182331425631491u);
  EXPECT_EQ(hash_of(portable_log, 1e-3, 1e6), 17595894867589212628u);
  EXPECT_EQ(hash_of([](double x) { return portable_pow(1e6, x); }, -1.0, 1.0),
            13751370982417109023u);
  EXPECT_EQ(hash_of(portable_cos, -1e6, 1e6), 2697333764373532444u);
  EXPECT_EQ(hash_of(portable_sin, -1e6, 1e6), 10921963820335814482u);
}

}  // namespace
}  // namespace jangwon
