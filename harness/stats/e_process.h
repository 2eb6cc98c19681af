// Tests that may be looked at after every question. An e-value is a bet against "nothing has
// changed"; its expectation under that hypothesis is 1, so it exceeds 1/alpha with probability at
// most alpha at any stopping time (Ville).

#pragma once

#include <optional>
#include <span>

#include "harness/stats/interval.h"

namespace jangwon::harness {

// Against "a discordant question goes either way with probability 1/2": 2^n B(a+b, a+c)/B(a, a).
double e_value_two_sided(long regressions, long improvements, double a = 0.5);

// Against "at most half of the discordant questions are regressions": the mixture
// truncated to (1/2, 1].
double e_value_harm(long regressions, long improvements, double a = 0.5);

// The predictable plug-in empirical-Bernstein confidence sequence of Waudby-Smith and Ramdas 2024
// for the mean of values in [0, 1], running intersection; the interval after the last value. Absent
// without values. REQUIRES: 0 < alpha < 1, 0 < c < 1.
std::optional<Interval> empirical_bernstein_sequence(std::span<const double> x, double alpha = 0.05,
                                                     double c = 0.5);

// Half width at time t of the normal-mixture confidence sequence: sigma sqrt(2(t rho^2+1)/(t^2
// rho^2) ln(sqrt(t rho^2+1)/alpha)).
double normal_mixture_half_width(double t, double sigma, double rho, double alpha = 0.05);

// Betting capital against "the mean of a list of N values is m" after seeing x drawn from it
// without replacement: product of 1 + lambda (x_i - m_i), m_i = (N m - S_{i-1})/(N - i + 1).
// REQUIRES: x.size() <= N.
double without_replacement_capital(std::span<const double> x, long population, double m,
                                   double lambda);

struct SprtOptions {
  double p0 = 0.5;
  double p1 = 0.6;
  double alpha = 0.05;
  double beta = 0.2;
};

enum class SprtDecision { kContinue, kReject, kAccept };
const char* name_of(SprtDecision decision);  // continue, reject, accept

struct Sprt {
  double llr = 0;
  double upper = 0;
  double lower = 0;
  SprtDecision decision = SprtDecision::kContinue;
};

// Wald's sequential probability ratio test on discordant questions; needs a point alternative, so
// it is not the default.
Sprt sprt(long regressions, long improvements, const SprtOptions& options = {});

}  // namespace jangwon::harness
