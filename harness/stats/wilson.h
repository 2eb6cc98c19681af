// Wilson's score interval, also on an effective number of questions: the headline
// interval of every score.
//
// "Effective" because a score averages K runs of n questions whose difficulties differ: neither n
// nor n*K independent trials describe it. n_eff = p(1-p)/SE^2 does (the size of a simple random
// sample with the same standard error), shrunk by (z/t)^2 because SE is itself estimated from few
// questions, and capped so that a lucky small SE cannot promise too much.

#pragma once

#include "harness/stats/interval.h"

namespace jangwon::harness {

// Wilson 1927 for `trials` trials (any positive real number) with the success share `p`.
// Pinned to 0 or 1 where p is 0 or 1. REQUIRES: 0 <= p <= 1, trials > 0.
Interval wilson_interval(double p, double trials, double confidence = kDefaultConfidence);

struct EffectiveWilson {
  double n_eff = 0;
  Interval interval;
};

// n_eff = p(1-p)/se^2; the number of questions where se is 0 or p is 0 or 1 (never
// questions times runs).
EffectiveWilson wilson_on_effective_n(double p, double se, double num_questions,
                                      double confidence = kDefaultConfidence);

struct EffectiveWilsonOptions {
  double confidence = kDefaultConfidence;
  double cap = 2.0;  // n_eff is at most cap * num_questions
  double df = 0;     // degrees of freedom behind se; 0 means num_questions - 1
};

// The recommended interval: n_eff = min(cap * n, p(1-p)/se^2 * (z/t_df)^2), or n where se is 0 or p
// is 0 or 1. REQUIRES: num_questions >= 1, and df > 0 wherever se is used.
EffectiveWilson effective_wilson(double p, double se, double num_questions,
                                 const EffectiveWilsonOptions& options = {});

}  // namespace jangwon::harness
