// What a comparison of two sides on the same n questions can detect (Miller 2024, arXiv 2411.00640).

#pragma once

namespace jangwon::harness {

struct ComparisonDesign {
  double omega2 = 0;     // variance over questions of the true difference; 0 when the question set is fixed
  double sigma2_a = 0;   // decoding variance of one run, side A
  double sigma2_b = 0;   //                              side B
  double repeats_a = 1;  // runs a question
  double repeats_b = 1;  //
  double alpha = 0.05;   // of the test
  double power = 0.8;    // wanted
  int sided = 2;         // 1 or 2
  double variance() const { return omega2 + sigma2_a / repeats_a + sigma2_b / repeats_b; }
};

struct SampleSize {
  double n_real = 0;
  long n = 0;  // rounded up
};

// Questions needed to detect the true difference `delta` (> 0): (z_alpha + z_power)^2 (omega2 + sigma2_a/K_a +
// sigma2_b/K_b)/delta^2.
SampleSize questions_required(double delta, const ComparisonDesign& design);

// The difference that n questions detect with the wanted power.
double minimum_detectable_effect(double num_questions, const ComparisonDesign& design);

// The chance to detect the true difference `delta` with n questions (design.power is not used).
double power_at(double delta, double num_questions, const ComparisonDesign& design);

// The chance that "score fell by more than `threshold`" fails a build that has not changed: what a naive gate does.
// Normal approximation with SE^2 = (sigma2_a/K_a + sigma2_b/K_b)/n; scores move in steps of 1/(nK), which is taken into
// account by asking for the next step above the threshold.
double naive_false_alarm_rate(double threshold, double num_questions, const ComparisonDesign& design);

}  // namespace jangwon::harness
