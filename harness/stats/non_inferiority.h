// "Not worse than by a margin", "the same within a margin", "at least 95 % of the reference".
// One-sided p-values here speak for the claim: a small p means that the claim is shown.

#pragma once

#include <optional>
#include <span>

namespace jangwon::harness {

struct MarginTest {
  double stat = 0;
  double p = 1;
};

// H0: difference <= -margin. df absent: normal. REQUIRES: se > 0.
MarginTest non_inferior_difference(double diff, double se, double margin,
                                   std::optional<double> df = {});

struct Equivalence {
  double p_lower = 1;
  double p_upper = 1;
  double p = 1;  // the larger one
};

// Two one-sided tests: low < difference < high. REQUIRES: se > 0.
Equivalence equivalent(double diff, double se, double low, double high,
                       std::optional<double> df = {});

struct RatioTest {
  double contrast = 0;  // mean(x - rho y)
  double se = 0;
  std::optional<double> stat;  // absent when the contrast does not vary
  std::optional<double> p;     //
};

// H0: E[x]/E[y] <= rho, on question means of the same questions: mean(x - rho y) > 0 by a paired
// t-test. No logarithm and no division; the same decision as Fieller's lower limit above rho.
// Absent for fewer than two questions.
std::optional<RatioTest> non_inferior_ratio(std::span<const double> x, std::span<const double> y,
                                            double rho);

struct MarginalRatio {
  double ratio = 0;
  double contrast = 0;
  double se = 0;
  std::optional<double> z;
  std::optional<double> p;
};

// The same from published totals, whose pairing is unknown: unpaired, binomial question variance,
// hence conservative.
MarginalRatio non_inferior_ratio_published(double share_x, double n_x, double share_y, double n_y,
                                           double rho);

}  // namespace jangwon::harness
