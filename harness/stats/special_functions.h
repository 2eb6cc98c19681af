// Distribution functions and their inverses: the only place that includes Boost.Math. All of them
// are pure and may be called from several threads.

#pragma once

namespace jangwon::harness {

double normal_cdf(double x);
double normal_upper_tail(double x);
double normal_quantile(double p);  // REQUIRES: 0 < p < 1

// The z of a two-sided interval: normal_quantile(1 - (1 - confidence) / 2).
double normal_two_sided(double confidence);

double student_t_cdf(double t, double df);         // REQUIRES: df > 0, in all three
double student_t_upper_tail(double t, double df);  //
double student_t_quantile(double p, double df);    //
double student_t_two_sided(double confidence, double df);

double chi_squared_upper_tail(double x, double df);

double log_beta(double a, double b);
// the regularised incomplete beta function I_x(a, b)
double beta_cdf(double a, double b, double x);
double beta_quantile(double q, double a, double b);  // its inverse in x

// P(X <= k) and P(X >= k) for X ~ Binomial(n, 1/2); k may lie outside 0..n.
double fair_binomial_lower_tail(long k, long n);
double fair_binomial_upper_tail(long k, long n);
double fair_binomial_pmf(long k, long n);

double log_choose(double n, double k);

}  // namespace jangwon::harness
