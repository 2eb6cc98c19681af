#include "harness/stats/special_functions.h"

#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <limits>

#include "runtime/base/check.h"

namespace jangwon::harness {

namespace {

// Errors become NaN or infinity instead of exceptions: callers state their ranges and check them.
using Policy = boost::math::policies::policy<
    boost::math::policies::domain_error<boost::math::policies::ignore_error>,
    boost::math::policies::pole_error<boost::math::policies::ignore_error>,
    boost::math::policies::overflow_error<boost::math::policies::ignore_error>,
    boost::math::policies::evaluation_error<boost::math::policies::ignore_error>>;

}  // namespace

double normal_cdf(double x) {
  return 0.5 * std::erfc(-x / std::sqrt(2.0));
}

double normal_upper_tail(double x) {
  return 0.5 * std::erfc(x / std::sqrt(2.0));
}

double normal_quantile(double p) {
  JANGWON_CHECK(p > 0 && p < 1);
  return -std::sqrt(2.0) * boost::math::erfc_inv(2 * p, Policy());
}

double normal_two_sided(double confidence) {
  return normal_quantile(1 - (1 - confidence) / 2);
}

double student_t_cdf(double t, double df) {
  return student_t_upper_tail(-t, df);
}

double student_t_upper_tail(double t, double df) {
  JANGWON_CHECK(df > 0);
  if (std::isnan(t)) return t;
  // An infinite t is a difference without any spread: x = 0 below, a tail of exactly 0 or 1.
  const double x = std::isinf(t) ? 0.0 : df / (df + t * t);
  const double tail = 0.5 * beta_cdf(df / 2, 0.5, x);
  return t >= 0 ? tail : 1 - tail;
}

double student_t_quantile(double p, double df) {
  JANGWON_CHECK(p > 0 && p < 1 && df > 0);
  return boost::math::quantile(boost::math::students_t_distribution<double, Policy>(df), p);
}

double student_t_two_sided(double confidence, double df) {
  return student_t_quantile(1 - (1 - confidence) / 2, df);
}

double chi_squared_upper_tail(double x, double df) {
  JANGWON_CHECK(df > 0);
  return x <= 0 ? 1.0 : boost::math::gamma_q(df / 2, x / 2, Policy());
}

double log_beta(double a, double b) {
  // std::lgamma writes the global signgam; Boost's does not, so threads may call this.
  return boost::math::lgamma(a, Policy()) + boost::math::lgamma(b, Policy()) -
         boost::math::lgamma(a + b, Policy());
}

double beta_cdf(double a, double b, double x) {
  JANGWON_CHECK(a > 0 && b > 0);
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  return boost::math::ibeta(a, b, x, Policy());
}

double beta_quantile(double q, double a, double b) {
  JANGWON_CHECK(q >= 0 && q <= 1 && a > 0 && b > 0);
  return boost::math::ibeta_inv(a, b, q, Policy());
}

double fair_binomial_lower_tail(long k, long n) {
  if (k < 0) return 0;
  if (k >= n) return 1;
  return beta_cdf(static_cast<double>(n - k), static_cast<double>(k + 1), 0.5);
}

double fair_binomial_upper_tail(long k, long n) {
  return fair_binomial_lower_tail(n - k, n);  // symmetric
}

double fair_binomial_pmf(long k, long n) {
  if (k < 0 || k > n) return 0;
  if (n == 0) return 1;
  // The beta density at 1/2 is (n + 1) C(n, k) / 2^n.
  const double density = boost::math::ibeta_derivative(
      static_cast<double>(k + 1), static_cast<double>(n - k + 1), 0.5, Policy());
  return density / static_cast<double>(n + 1);
}

double log_choose(double n, double k) {
  return -std::log(n + 1) - log_beta(n - k + 1, k + 1);
}

}  // namespace jangwon::harness
