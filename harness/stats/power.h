// What a comparison of two sides on the same n questions can detect (Miller 2024,
// arXiv 2411.00640).

#pragma once

#include <optional>

namespace jangwon::harness {

struct ComparisonDesign {
  // variance over questions of the true difference; 0 when the question set is fixed
  double omega2 = 0;
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

// Questions needed to detect the true difference `delta` (> 0): (z_alpha + z_power)^2 (omega2 +
// sigma2_a/K_a + sigma2_b/K_b)/delta^2.
SampleSize questions_required(double delta, const ComparisonDesign& design);

// The difference that n questions detect with the wanted power.
double minimum_detectable_effect(double num_questions, const ComparisonDesign& design);

// The chance to detect the true difference `delta` with n questions (design.power is not used).
double power_at(double delta, double num_questions, const ComparisonDesign& design);

// The chance that "score fell by more than `threshold`" fails a build that has not changed: what a
// naive gate does. Normal approximation with SE^2 = (sigma2_a/K_a + sigma2_b/K_b)/n; scores move in
// steps of 1/(nK), which is taken into account by asking for the next step above the threshold.
double naive_false_alarm_rate(double threshold, double num_questions,
                              const ComparisonDesign& design);

// The power of the tests that really decide. At the small alphas of a gate and with few questions
// the normal approximation above promises far too much: a sign test at 0.01 needs seven discordant
// pairs before it can reject.

struct SignTestDesign {
  double pairs = 0;        // of runs, one a side: questions × runs
  double discordance = 0;  // share of pairs whose two outcomes differ when the drop is true
  double alpha = 0.05;     // one-sided; rejected is p < alpha
  double least_drop = 0;   // a smaller observed drop is not acted upon
};

// The chance that the exact sign test (McNemar; nearly so Mantel-Haenszel over repeated runs)
// shows a true drop.
double sign_test_power(double drop, const SignTestDesign& design);

struct MeanTestDesign {
  double se = 0;             // of the mean difference
  std::optional<double> df;  // absent: normal
  double alpha = 0.05;       // one-sided
  double least_drop = 0;
};

// The same of a one-sided paired t-test on question means, by Johnson and Welch's approximation of
// the noncentral t.
double mean_test_power(double drop, const MeanTestDesign& design);

}  // namespace jangwon::harness
