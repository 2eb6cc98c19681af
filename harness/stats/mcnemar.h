// McNemar's test on discordant pairs: one run a side, or runs paired by seed (scope: fixed_items).

#pragma once

namespace jangwon::harness {

struct McNemar {
  double chi2 = 0;
  double p_chi2 = 1;
  double chi2_cc = 0;  // with continuity correction
  double p_chi2_cc = 1;
  double p_exact = 1;            // two-sided binomial; what gates use
  double p_mid = 1;              // mid-p; what tables show
  double p_one_sided_exact = 1;  // P(X >= regressions): the candidate is worse
};

// `regressions` only the baseline got right, `improvements` only the candidate did. Without
// discordant pairs nothing speaks for a change: every p is 1. REQUIRES: both >= 0.
McNemar mcnemar(long regressions, long improvements);

}  // namespace jangwon::harness
