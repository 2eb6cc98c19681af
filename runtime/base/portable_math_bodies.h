// The bodies of portable_math.h, for it and for kernels of a GPU: additions, multiplications
// and divisions alone, each rounded once, so that every compiler that contracts nothing
// gives the same bits.

#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#ifdef __CUDACC__
#define JANGWON_ON_DEVICE __host__ __device__
#define JANGWON_TERMS const double  // functions of both sides may have no static ones
#else
#define JANGWON_ON_DEVICE
#define JANGWON_TERMS static constexpr double
#endif

namespace jangwon::portable_math_bodies {

// ln 2 in two parts: the first has 40 bits, so that a whole number of up to 13 times it is exact.
constexpr double kLn2High = 0x1.62e42fefa2p-1;
constexpr double kLn2Low = 0x1.9ef35793c7673p-41;
constexpr double kPerLn2 = 0x1.71547652b82fep+0;

// π/2 in parts of 21 bits and a last one of 53: a whole number of up to 32 bits times any but
// the last is exact.
constexpr double kHalfPi0 = 0x1.921fbp+0;
constexpr double kHalfPi1 = 0x1.5110bp-22;
constexpr double kHalfPi2 = 0x1.18469p-44;
constexpr double kHalfPi3 = 0x1.13198p-65;
constexpr double kHalfPi4 = 0x1.45c06e0e68948p-86;
constexpr double kPerHalfPi = 0x1.45f306dc9c883p-1;

inline JANGWON_ON_DEVICE double round_to_whole(double x) {
  // Adding 1.5 · 2^52 pushes the fraction out, rounded to nearest even; a C
  // library's rint is a call.
  constexpr double kShift = 0x1.8p52;
  return (x + kShift) - kShift;
}

inline JANGWON_ON_DEVICE double power_of_two(int n) {
  const uint64_t bits = static_cast<uint64_t>(n + 1023) << 52;
  double value;
  memcpy(&value, &bits, 8);
  return value;
}

// x · 2^exponent, rounded once where the result is subnormal.
inline JANGWON_ON_DEVICE double scale(double x, int exponent) {
  if (exponent > 1023) return x * power_of_two(1023) * power_of_two(exponent - 1023);
  if (exponent < -1022) return x * power_of_two(exponent + 200) * power_of_two(-200);
  return x * power_of_two(exponent);
}

// A value as an unevaluated sum: `low` is what `high` lost.
struct Sum {
  double high = 0.0;
  double low = 0.0;
};

// Exact for any order of magnitudes (Knuth's two-sum).
inline JANGWON_ON_DEVICE Sum add_exactly(double a, double b) {
  const double sum = a + b;
  const double b_part = sum - a;
  return {sum, (a - (sum - b_part)) + (b - b_part)};
}

// e^(high + low) for |high + low| ≤ ln 2 / 2 and a low far below high: 1 + r + r²/2 + … + r^13/13!,
// whose remainder is below 2^-57 of it.
inline JANGWON_ON_DEVICE double exp_near_zero(Sum r) {
  const double x = r.high;
  JANGWON_TERMS terms[] = {1.0 / 479001600.0, 1.0 / 39916800.0, 1.0 / 3628800.0, 1.0 / 362880.0,
                           1.0 / 40320.0,     1.0 / 5040.0,     1.0 / 720.0,     1.0 / 120.0,
                           1.0 / 24.0,        1.0 / 6.0,        1.0 / 2.0};
  double p = 1.0 / 6227020800.0;
  for (const double term : terms)
    p = p * x + term;
  // The large terms last, so that their roundings are the only ones that show.
  return 1.0 + (x + (x * x * p + r.low));
}

inline JANGWON_ON_DEVICE double exp_of(Sum x) {
  if (x.high != x.high) return x.high;
  if (x.high > 709.79) return HUGE_VAL;
  if (x.high < -745.2) return 0.0;
  const double n = round_to_whole(x.high * kPerLn2);
  Sum r = add_exactly(x.high - n * kLn2High, -n * kLn2Low);
  r.low += x.low;
  return scale(exp_near_zero(r), static_cast<int>(n));
}

// ln x for finite x > 0: x = m · 2^e with m in [√½, √2), and ln m = 2 · artanh s with s =
// (m − 1) / (m + 1).
inline JANGWON_ON_DEVICE Sum log_of(double x) {
  int exponent = 0;
  if (x < 0x1p-1022) {
    x *= 0x1p54;
    exponent = -54;
  }
  uint64_t bits;
  memcpy(&bits, &x, 8);
  exponent += static_cast<int>(bits >> 52) - 1023;
  bits = (bits & 0xfffffffffffffull) | (uint64_t{1023} << 52);
  double m;
  memcpy(&m, &bits, 8);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    ++exponent;
  }
  const double f = m - 1.0;
  const double s = f / (2.0 + f);
  const double z = s * s;
  JANGWON_TERMS terms[] = {1.0 / 23.0, 1.0 / 21.0, 1.0 / 19.0, 1.0 / 17.0, 1.0 / 15.0, 1.0 / 13.0,
                           1.0 / 11.0, 1.0 / 9.0,  1.0 / 7.0,  1.0 / 5.0,  1.0 / 3.0};
  double p = 1.0 / 25.0;
  for (const double term : terms)
    p = p * z + term;
  // 2s loses bits to the division; f is exact and 2s = f − s·f, so the tail is what is added to f.
  const double half_square = 0.5 * f * f;
  const double tail = s * (half_square + 2.0 * z * p);
  const double n = exponent;
  Sum sum = add_exactly(n * kLn2High, f);
  const Sum with_square = add_exactly(sum.high, -half_square);
  return add_exactly(with_square.high, with_square.low + (sum.low + (tail + n * kLn2Low)));
}

// x less the whole number of quarter turns nearest to it, and that number modulo four.
struct QuarterTurns {
  int count = 0;
  Sum rest;
};

inline JANGWON_ON_DEVICE QuarterTurns reduce(double x) {
  const double n = round_to_whole(x * kPerHalfPi);
  Sum rest = add_exactly((x - n * kHalfPi0) - n * kHalfPi1, -n * kHalfPi2);
  const Sum next = add_exactly(rest.high, -n * kHalfPi3);
  rest = add_exactly(next.high, next.low + (rest.low - n * kHalfPi4));
  return {static_cast<int>(static_cast<int64_t>(n) & 3), rest};
}

// Both for |x| ≤ π/4, where the first term left out is below 2^-60.
inline JANGWON_ON_DEVICE double sin_near_zero(Sum x) {
  const double z = x.high * x.high;
  JANGWON_TERMS terms[] = {
      -1.0 / 1307674368000.0, 1.0 / 6227020800.0, -1.0 / 39916800.0, 1.0 / 362880.0,
      -1.0 / 5040.0,          1.0 / 120.0,        -1.0 / 6.0};
  double p = 1.0 / 355687428096000.0;
  for (const double term : terms)
    p = p * z + term;
  return x.high + (x.high * z * p + x.low * (1.0 - 0.5 * z));
}

inline JANGWON_ON_DEVICE double cos_near_zero(Sum x) {
  const double z = x.high * x.high;
  JANGWON_TERMS terms[] = {
      1.0 / 20922789888000.0, -1.0 / 87178291200.0, 1.0 / 479001600.0, -1.0 / 3628800.0,
      1.0 / 40320.0,          -1.0 / 720.0,         1.0 / 24.0};
  double p = -1.0 / 6402373705728000.0;
  for (const double term : terms)
    p = p * z + term;
  const double half = 0.5 * z;
  const double first = 1.0 - half;
  return first + (((1.0 - first) - half) + (z * z * p - x.high * x.low));
}

inline JANGWON_ON_DEVICE double exp(double x) {
  return exp_of({x, 0.0});
}

inline JANGWON_ON_DEVICE double log(double x) {
  if (x != x || x == HUGE_VAL) return x;
  if (x < 0.0) return NAN;
  if (x == 0.0) return -HUGE_VAL;
  const Sum sum = log_of(x);
  return sum.high + sum.low;
}

inline JANGWON_ON_DEVICE double pow(double base, double exponent) {
  const Sum log = log_of(base);
  return exp_of({exponent * log.high, exponent * log.low});
}

inline JANGWON_ON_DEVICE double cos(double x) {
  const QuarterTurns turns = reduce(x);
  const double value = turns.count % 2 == 0 ? cos_near_zero(turns.rest) : sin_near_zero(turns.rest);
  return turns.count == 1 || turns.count == 2 ? -value : value;
}

inline JANGWON_ON_DEVICE double sin(double x) {
  const QuarterTurns turns = reduce(x);
  const double value = turns.count % 2 == 0 ? sin_near_zero(turns.rest) : cos_near_zero(turns.rest);
  return turns.count >= 2 ? -value : value;
}

}  // namespace jangwon::portable_math_bodies
