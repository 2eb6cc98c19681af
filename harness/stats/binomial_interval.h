// Intervals for one share of successes. The headline interval is wilson.h; these stand for
// comparison with other tools and, Clopper-Pearson, for one-sided safety statements. REQUIRES in
// all: trials > 0, 0 <= successes <= trials.

#pragma once

#include "harness/stats/interval.h"

namespace jangwon::harness {

// p -+ z sqrt(p(1-p)/n), not clipped: zero width at 0 and n, which is why nothing here uses it.
Interval wald_interval(double successes, double trials, double confidence = kDefaultConfidence);

Interval agresti_coull_interval(double successes, double trials,
                                double confidence = kDefaultConfidence);

// Exact in the sense of never covering less than promised; beta quantiles.
Interval clopper_pearson_interval(double successes, double trials,
                                  double confidence = kDefaultConfidence);

// Equal tails of the Beta(successes + prior, failures + prior) posterior; prior 1 is Bowyer et al.
// 2025 (arXiv 2503.01747).
Interval beta_interval(double successes, double trials, double confidence = kDefaultConfidence,
                       double prior = 1.0);

// beta_interval with prior 1/2, its end pinned where all or none succeeded.
Interval jeffreys_interval(double successes, double trials, double confidence = kDefaultConfidence);

struct KornGraubard {
  double n_eff = 0;
  Interval interval;
};

// Korn and Graubard 1998: Clopper-Pearson on n_eff = p(1-p)/se^2 * (z/t)^2 (the number of questions
// where that is undefined).
KornGraubard korn_graubard_interval(double p, double se, double num_questions,
                                    double confidence = kDefaultConfidence);

}  // namespace jangwon::harness
