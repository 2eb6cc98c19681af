// exp, log, pow, cos and sin by additions, multiplications and divisions alone, in a fixed order.
//
// A C library computes these within a unit in the last place and is free to choose which side;
// another library, or the same one on another processor, may choose differently, and a token that
// is drawn from probabilities would then be another one. IEEE 754 leaves no choice for the
// operations used here, so that the results are the same bits everywhere. Errors are below one unit
// in the last place (pow: below 40), as tests/runtime/base/portable_math_test.cc measures.
//
// Method of all five: Cody and Waite's reduction of the argument by a constant in parts, then
// a Taylor series.

#pragma once

namespace jangwon {

double portable_exp(double x);  // 0 below −745.2, infinity above 709.8, as exp
double portable_log(double x);  // −infinity at 0, NaN below
double portable_pow(double base, double exponent);  // REQUIRES base > 0
// REQUIRES |x| < 2^31, what positions times frequencies reach
double portable_cos(double x);
double portable_sin(double x);

}  // namespace jangwon
