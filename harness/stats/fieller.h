// Intervals for a ratio of two means.

#pragma once

#include <optional>

#include "harness/stats/interval.h"

namespace jangwon::harness {

// Moments of the two MEANS (not of single observations).
struct RatioMoments {
  double mean_x = 0;
  double mean_y = 0;
  double var_x = 0;
  double var_y = 0;
  double cov_xy = 0;
};

struct FiellerInterval {
  double ratio = 0;
  double g = 0;
  // absent when g >= 1: the denominator may be 0 and no finite interval exists
  std::optional<Interval> ci;
};

// Fieller 1954 with the given normal or t quantile. REQUIRES: mean_y != 0.
FiellerInterval fieller(const RatioMoments& moments, double quantile);

struct LogRatioInterval {
  double ratio = 0;
  double se_log = 0;
  Interval ci;
};

// exp(ln R -+ quantile * se), the delta method. REQUIRES: both means > 0.
LogRatioInterval log_ratio_interval(const RatioMoments& moments, double quantile);

}  // namespace jangwon::harness
