// A measured score beside the published one of the same model on the same questions: question noise
// cancels, decoding noise of both sides and the rounding of the published figure remain.

#pragma once

#include <optional>

#include "harness/stats/non_inferiority.h"

namespace jangwon::harness {

struct PublishedScore {
  double value = 0;
  double repeats = 1;     // K of the publication; 1 (the widest) when it is not stated
  double sigma2_run = 0;  // decoding variance of one run, taken from the measured side
  double num_questions = 0;
};

struct PublishedDeviation {
  double diff = 0;  // measured minus published
  double se = 0;
  double z = 0;
  double p_two_sided = 1;
  Equivalence tost;  // within -tolerance..tolerance
};

// SE^2 = se_run^2 + sigma2_run/(n K) + 0.001^2/12 (a figure printed to 0.1 point). REQUIRES:
// num_questions > 0, tolerance > 0.
PublishedDeviation published_deviation(double measured, double se_run,
                                       const PublishedScore& published, double tolerance);

}  // namespace jangwon::harness
