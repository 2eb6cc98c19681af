#include "harness/stats/e_process.h"

#include <algorithm>
#include <cmath>

#include "harness/stats/special_functions.h"
#include "runtime/base/check.h"

namespace jangwon::harness {

double e_value_two_sided(long regressions, long improvements, double a) {
  const auto b = static_cast<double>(regressions), c = static_cast<double>(improvements);
  return std::exp((b + c) * std::log(2.0) + log_beta(a + b, a + c) - log_beta(a, a));
}

double e_value_harm(long regressions, long improvements, double a) {
  const auto b = static_cast<double>(regressions), c = static_cast<double>(improvements);
  // 1 - I_{1/2}(a+b, a+c) = I_{1/2}(a+c, a+b): no cancellation.
  return e_value_two_sided(regressions, improvements, a) * beta_cdf(a + c, a + b, 0.5) / 0.5;
}

std::optional<Interval> empirical_bernstein_sequence(std::span<const double> x, double alpha,
                                                     double c) {
  JANGWON_CHECK(alpha > 0 && alpha < 1 && c > 0 && c < 1);
  if (x.empty()) return std::nullopt;
  double bets = 0, bet_values = 0, penalties = 0;
  double sum = 0, variance_sum = 0.25, mean_before = 0.5;
  Interval running = {0, 1};
  for (size_t i = 0; i < x.size(); ++i) {
    const auto t = static_cast<double>(i + 1);
    const double variance = i > 0 ? variance_sum / t : 0.25;
    const double bet =
        std::min(std::sqrt(2 * std::log(2 / alpha) / (variance * t * std::log(1 + t))), c);
    const double surprise = 4 * (x[i] - mean_before) * (x[i] - mean_before);
    bets += bet;
    bet_values += bet * x[i];
    penalties += surprise * (-std::log1p(-bet) - bet) / 4;
    const double centre = bet_values / bets, half = (std::log(2 / alpha) + penalties) / bets;
    running = {std::max(running.low, centre - half), std::min(running.high, centre + half)};
    sum += x[i];
    const double mean = (0.5 + sum) / (t + 1);
    variance_sum += (x[i] - mean) * (x[i] - mean);
    mean_before = mean;
  }
  return running;
}

double normal_mixture_half_width(double t, double sigma, double rho, double alpha) {
  const double scaled = t * rho * rho + 1;
  return sigma * std::sqrt(2 * scaled / (t * t * rho * rho) * std::log(std::sqrt(scaled) / alpha));
}

double without_replacement_capital(std::span<const double> x, long population, double m,
                                   double lambda) {
  JANGWON_CHECK(static_cast<long>(x.size()) <= population);
  const auto size = static_cast<double>(population);
  double capital = 1, seen = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double expected = (size * m - seen) / (size - static_cast<double>(i));
    capital *= 1 + lambda * (x[i] - expected);
    seen += x[i];
  }
  return capital;
}

const char* name_of(SprtDecision decision) {
  switch (decision) {
    case SprtDecision::kContinue:
      return "continue";
    case SprtDecision::kReject:
      return "reject";
    case SprtDecision::kAccept:
      return "accept";
  }
  return "";
}

Sprt sprt(long regressions, long improvements, const SprtOptions& options) {
  Sprt result;
  result.llr = static_cast<double>(regressions) * std::log(options.p1 / options.p0) +
               static_cast<double>(improvements) * std::log((1 - options.p1) / (1 - options.p0));
  result.upper = std::log((1 - options.beta) / options.alpha);
  result.lower = std::log(options.beta / (1 - options.alpha));
  if (result.llr >= result.upper) result.decision = SprtDecision::kReject;
  if (result.llr <= result.lower) result.decision = SprtDecision::kAccept;
  return result;
}

}  // namespace jangwon::harness
