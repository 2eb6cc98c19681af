#include "runtime/base/portable_math.h"

#include "runtime/base/portable_math_bodies.h"

namespace jangwon {

double portable_exp(double x) {
  return portable_math_bodies::exp(x);
}

double portable_log(double x) {
  return portable_math_bodies::log(x);
}

double portable_pow(double base, double exponent) {
  return portable_math_bodies::pow(base, exponent);
}

double portable_cos(double x) {
  return portable_math_bodies::cos(x);
}

double portable_sin(double x) {
  return portable_math_bodies::sin(x);
}

}  // namespace jangwon
