#include "harness/stats/wilson.h"

#include <algorithm>
#include <cmath>

#include "harness/stats/special_functions.h"
#include "runtime/base/check.h"

namespace jangwon::harness {

Interval wilson_interval(double p, double trials, double confidence) {
  JANGWON_CHECK(p >= 0 && p <= 1 && trials > 0);
  const double z = normal_two_sided(confidence);
  const double scale = 1 + z * z / trials;
  const double centre = (p + z * z / (2 * trials)) / scale;
  const double half = z / scale * std::sqrt(p * (1 - p) / trials + z * z / (4 * trials * trials));
  return {p <= 0 ? 0.0 : std::max(0.0, centre - half), p >= 1 ? 1.0 : std::min(1.0, centre + half)};
}

EffectiveWilson wilson_on_effective_n(double p, double se, double num_questions,
                                      double confidence) {
  EffectiveWilson result;
  result.n_eff = (se == 0 || p <= 0 || p >= 1) ? num_questions : p * (1 - p) / (se * se);
  result.interval = wilson_interval(p, result.n_eff, confidence);
  return result;
}

EffectiveWilson effective_wilson(double p, double se, double num_questions,
                                 const EffectiveWilsonOptions& options) {
  JANGWON_CHECK(num_questions >= 1);
  EffectiveWilson result;
  if (se == 0 || p <= 0 || p >= 1) {
    result.n_eff = num_questions;
  } else {
    const double df = options.df > 0 ? options.df : num_questions - 1;
    const double shrink =
        normal_two_sided(options.confidence) / student_t_two_sided(options.confidence, df);
    result.n_eff = std::min(options.cap * num_questions, p * (1 - p) / (se * se) * shrink * shrink);
  }
  result.interval = wilson_interval(p, result.n_eff, options.confidence);
  return result;
}

}  // namespace jangwon::harness
