#include "harness/stats/fieller.h"

#include <cmath>

#include "runtime/base/check.h"

namespace jangwon::harness {

FiellerInterval fieller(const RatioMoments& m, double quantile) {
  JANGWON_CHECK(m.mean_y != 0);
  FiellerInterval result;
  const double ratio = m.mean_x / m.mean_y;
  result.ratio = ratio;
  result.g = quantile * quantile * m.var_y / (m.mean_y * m.mean_y);
  if (result.g >= 1) return result;
  // With var_y = 0 the denominator is a constant: g = 0 and the terms with cov/var vanish.
  const double slope = m.var_y > 0 ? m.cov_xy / m.var_y : 0.0;
  const double centre = (ratio - result.g * slope) / (1 - result.g);
  const double inner = m.var_x - 2 * ratio * m.cov_xy + ratio * ratio * m.var_y -
                       result.g * (m.var_x - slope * m.cov_xy);
  const double half =
      std::fabs(quantile / (m.mean_y * (1 - result.g))) * std::sqrt(std::fmax(0.0, inner));
  result.ci = Interval{centre - half, centre + half};
  return result;
}

LogRatioInterval log_ratio_interval(const RatioMoments& m, double quantile) {
  JANGWON_CHECK(m.mean_x > 0 && m.mean_y > 0);
  LogRatioInterval result;
  result.ratio = m.mean_x / m.mean_y;
  result.se_log = std::sqrt(m.var_x / (m.mean_x * m.mean_x) + m.var_y / (m.mean_y * m.mean_y) -
                            2 * m.cov_xy / (m.mean_x * m.mean_y));
  result.ci = {result.ratio * std::exp(-quantile * result.se_log),
               result.ratio * std::exp(quantile * result.se_log)};
  return result;
}

}  // namespace jangwon::harness
