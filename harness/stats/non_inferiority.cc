#include "harness/stats/non_inferiority.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "harness/stats/moments.h"
#include "harness/stats/special_functions.h"
#include "runtime/base/check.h"

namespace jangwon::harness {

namespace {

double upper_tail(double stat, std::optional<double> df) {
  return df ? student_t_upper_tail(stat, *df) : normal_upper_tail(stat);
}

}  // namespace

MarginTest non_inferior_difference(double diff, double se, double margin,
                                   std::optional<double> df) {
  JANGWON_CHECK(se > 0);
  const double stat = (diff + margin) / se;
  return {stat, upper_tail(stat, df)};
}

Equivalence equivalent(double diff, double se, double low, double high, std::optional<double> df) {
  JANGWON_CHECK(se > 0);
  Equivalence result;
  result.p_lower = upper_tail((diff - low) / se, df);
  result.p_upper = upper_tail((high - diff) / se, df);
  result.p = std::max(result.p_lower, result.p_upper);
  return result;
}

std::optional<RatioTest> non_inferior_ratio(std::span<const double> x, std::span<const double> y,
                                            double rho) {
  JANGWON_CHECK(x.size() == y.size());
  std::vector<double> contrasts;
  for (size_t i = 0; i < x.size(); ++i)
    contrasts.push_back(x[i] - rho * y[i]);
  const auto variance = variance_of(contrasts);
  if (!variance) return std::nullopt;
  RatioTest result;
  result.contrast = *mean_of(contrasts);
  result.se = std::sqrt(*variance / static_cast<double>(contrasts.size()));
  if (result.se > 0) {
    result.stat = result.contrast / result.se;
    result.p = student_t_upper_tail(*result.stat, static_cast<double>(contrasts.size() - 1));
  }
  return result;
}

MarginalRatio non_inferior_ratio_published(double share_x, double n_x, double share_y, double n_y,
                                           double rho) {
  JANGWON_CHECK(share_y > 0 && n_x > 0 && n_y > 0);
  MarginalRatio result;
  result.ratio = share_x / share_y;
  result.contrast = share_x - rho * share_y;
  result.se = std::sqrt(share_x * (1 - share_x) / n_x + rho * rho * share_y * (1 - share_y) / n_y);
  if (result.se > 0) {
    result.z = result.contrast / result.se;
    result.p = normal_upper_tail(*result.z);
  }
  return result;
}

}  // namespace jangwon::harness
