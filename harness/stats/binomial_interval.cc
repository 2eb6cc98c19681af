#include "harness/stats/binomial_interval.h"

#include <algorithm>
#include <cmath>

#include "harness/stats/special_functions.h"
#include "runtime/base/check.h"

namespace jangwon::harness {

Interval wald_interval(double successes, double trials, double confidence) {
  const double p = successes / trials;
  const double half = normal_two_sided(confidence) * std::sqrt(p * (1 - p) / trials);
  return {p - half, p + half};
}

Interval agresti_coull_interval(double successes, double trials, double confidence) {
  const double z = normal_two_sided(confidence);
  const double trials_plus = trials + z * z;
  const double p = (successes + z * z / 2) / trials_plus;
  const double half = z * std::sqrt(p * (1 - p) / trials_plus);
  return {std::max(0.0, p - half), std::min(1.0, p + half)};
}

Interval clopper_pearson_interval(double successes, double trials, double confidence) {
  JANGWON_CHECK(trials > 0 && successes >= 0 && successes <= trials);
  const double tail = (1 - confidence) / 2;
  return {successes <= 0 ? 0.0 : beta_quantile(tail, successes, trials - successes + 1),
          successes >= trials ? 1.0 : beta_quantile(1 - tail, successes + 1, trials - successes)};
}

Interval beta_interval(double successes, double trials, double confidence, double prior) {
  const double tail = (1 - confidence) / 2;
  const double a = successes + prior, b = trials - successes + prior;
  return {beta_quantile(tail, a, b), beta_quantile(1 - tail, a, b)};
}

Interval jeffreys_interval(double successes, double trials, double confidence) {
  const Interval interval = beta_interval(successes, trials, confidence, 0.5);
  return {successes <= 0 ? 0.0 : interval.low, successes >= trials ? 1.0 : interval.high};
}

KornGraubard korn_graubard_interval(double p, double se, double num_questions, double confidence) {
  KornGraubard result;
  result.n_eff = num_questions;
  if (se != 0 && p > 0 && p < 1) {
    const double shrink =
        normal_two_sided(confidence) / student_t_two_sided(confidence, num_questions - 1);
    result.n_eff = p * (1 - p) / (se * se) * shrink * shrink;
  }
  result.interval = clopper_pearson_interval(result.n_eff * p, result.n_eff, confidence);
  return result;
}

}  // namespace jangwon::harness
