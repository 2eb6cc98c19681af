#include "harness/stats/power.h"

#include <cmath>

#include "harness/stats/special_functions.h"
#include "runtime/base/check.h"

namespace jangwon::harness {

namespace {

double critical_value(const ComparisonDesign& design) {
  return normal_quantile(1 - design.alpha / design.sided);
}

}  // namespace

SampleSize questions_required(double delta, const ComparisonDesign& design) {
  JANGWON_CHECK(delta > 0);
  const double z = critical_value(design) + normal_quantile(design.power);
  const double n = z * z * design.variance() / (delta * delta);
  return {n, static_cast<long>(std::ceil(n))};
}

double minimum_detectable_effect(double num_questions, const ComparisonDesign& design) {
  return (critical_value(design) + normal_quantile(design.power)) * std::sqrt(design.variance() / num_questions);
}

double power_at(double delta, double num_questions, const ComparisonDesign& design) {
  const double se = std::sqrt(design.variance() / num_questions);
  return se > 0 ? normal_cdf(delta / se - critical_value(design)) : 1.0;
}

double naive_false_alarm_rate(double threshold, double num_questions, const ComparisonDesign& design) {
  const double se =
      std::sqrt((design.sigma2_a / design.repeats_a + design.sigma2_b / design.repeats_b) / num_questions);
  if (se == 0) return 0;
  // A drop lies on a grid of 1/(nK); "more than threshold" begins at the next grid point, and the continuity correction
  // puts the boundary half a step below it.
  const double step = 1.0 / (num_questions * std::fmin(design.repeats_a, design.repeats_b));
  const double first_alarm = (std::floor(threshold / step + 1e-9) + 1) * step;
  return normal_upper_tail((first_alarm - step / 2) / se);
}

}  // namespace jangwon::harness
