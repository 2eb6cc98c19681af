// The exact power sums over how many pairs can differ, and for each over how many of those must be
// regressions before the test rejects. Both tails are carried from one count to the next
// (BinomialUpperTail), since a plan asks for many such sums while it looks for the smallest drop
// that can be found. Beyond 400 expected pairs the normal approximation is within half a percent
// and is taken. tests/reports/gate/gate_plan_test.cc holds the figures to gates that were
// simulated.

#include "harness/stats/power.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "harness/stats/special_functions.h"
#include "runtime/base/check.h"

namespace jangwon::harness {

namespace {

double critical_value(const ComparisonDesign& design) {
  return normal_quantile(1 - design.alpha / design.sided);
}

// Above so many expected discordant pairs the normal approximation of the sign test is good
// to half a percent.
constexpr double kExactDiscordantPairs = 400;

// P(X = k) of X ~ Binomial(n, p).
double binomial_pmf(long k, long n, double p) {
  const auto hits = static_cast<double>(k), misses = static_cast<double>(n - k);
  double log_pmf = log_choose(static_cast<double>(n), hits);
  if (k > 0) log_pmf += hits * std::log(p);
  if (n > k) log_pmf += misses * std::log1p(-p);
  return std::exp(log_pmf);
}

// P(X >= k) of X ~ Binomial(n, p), kept up to date while n and k grow: a sum over hundreds of n
// would otherwise spend its time in the incomplete beta function. REQUIRES: 0 < p <= 1; n stays
// below the size of log_factorial.
class BinomialUpperTail {
 public:
  BinomialUpperTail(long k, long n, double p, const std::vector<double>& log_factorial)
      : k_(k),
        n_(n),
        p_(p),
        log_p_(std::log(p)),
        log_q_(std::log1p(-p)),
        log_factorial_(log_factorial) {
    if (k > n) tail_ = 0;
    if (k > 0 && k <= n && p < 1)
      tail_ = beta_cdf(static_cast<double>(k), static_cast<double>(n - k + 1), p);
  }
  double value() const { return tail_; }
  long k() const { return k_; }
  void raise_k() {
    tail_ = std::max(0.0, tail_ - pmf(k_));
    ++k_;
  }
  void raise_n() {
    tail_ += p_ * pmf(k_ - 1);
    ++n_;
  }

 private:
  double pmf(long k) const {
    if (k < 0 || k > n_) return 0;
    if (p_ >= 1) return k == n_ ? 1 : 0;
    const auto at = [&](long i) { return log_factorial_[static_cast<size_t>(i)]; };
    return std::exp(at(n_) - at(k) - at(n_ - k) + static_cast<double>(k) * log_p_ +
                    static_cast<double>(n_ - k) * log_q_);
  }

  long k_, n_;
  double p_, log_p_, log_q_;
  const std::vector<double>& log_factorial_;
  double tail_ = 1;
};

// The difference of regressions and improvements moves in steps of two: the continuity correction
// takes half a step off the critical value, and the lattice puts it on average half a step further.
double sign_test_power_normal(double drop, double pairs, double discordance,
                              const SignTestDesign& design) {
  const double spread = std::sqrt(pairs * (discordance - drop * drop));
  const double critical =
      std::max(normal_quantile(1 - design.alpha) * std::sqrt(pairs * discordance) + 1,
               pairs * design.least_drop);
  if (spread == 0) return pairs * drop >= critical ? 1 : 0;
  return normal_upper_tail((critical - pairs * drop) / spread);
}

}  // namespace

SampleSize questions_required(double delta, const ComparisonDesign& design) {
  JANGWON_CHECK(delta > 0);
  const double z = critical_value(design) + normal_quantile(design.power);
  const double n = z * z * design.variance() / (delta * delta);
  return {n, static_cast<long>(std::ceil(n))};
}

double minimum_detectable_effect(double num_questions, const ComparisonDesign& design) {
  return (critical_value(design) + normal_quantile(design.power)) *
         std::sqrt(design.variance() / num_questions);
}

double power_at(double delta, double num_questions, const ComparisonDesign& design) {
  const double se = std::sqrt(design.variance() / num_questions);
  return se > 0 ? normal_cdf(delta / se - critical_value(design)) : 1.0;
}

double naive_false_alarm_rate(double threshold, double num_questions,
                              const ComparisonDesign& design) {
  const double se = std::sqrt(
      (design.sigma2_a / design.repeats_a + design.sigma2_b / design.repeats_b) / num_questions);
  if (se == 0) return 0;
  // A drop lies on a grid of 1/(nK); "more than threshold" begins at the next grid point, and the
  // continuity correction puts the boundary half a step below it.
  const double step = 1.0 / (num_questions * std::fmin(design.repeats_a, design.repeats_b));
  const double first_alarm = (std::floor(threshold / step + 1e-9) + 1) * step;
  return normal_upper_tail((first_alarm - step / 2) / se);
}

double sign_test_power(double drop, const SignTestDesign& design) {
  JANGWON_CHECK(design.alpha > 0 && design.alpha < 1);
  const double discordance = std::clamp(design.discordance, std::fabs(drop), 1.0);
  const long pairs = std::lround(design.pairs);
  if (pairs < 1 || discordance <= 0) return 0;
  const double expected = static_cast<double>(pairs) * discordance;
  if (expected > kExactDiscordantPairs)
    return sign_test_power_normal(drop, static_cast<double>(pairs), discordance, design);
  const double regression_share = (1 + drop / discordance) / 2;
  const double reach = 6.5 * std::sqrt(expected) + 8;
  const long first = std::max(0L, std::lround(expected - reach)),
             last = std::min(pairs, std::lround(expected + reach));
  // The regressions that reject: never fewer with more discordant pairs.
  std::vector<double> log_factorial = {0};
  for (long i = 1; i <= last + 1; ++i)
    log_factorial.push_back(log_factorial.back() + std::log(static_cast<double>(i)));
  BinomialUpperTail chance(first / 2, first, 0.5, log_factorial);
  BinomialUpperTail power_of(first / 2, first, std::max(regression_share, 1e-12), log_factorial);
  double power = 0;
  for (long discordant = first; discordant <= last; ++discordant) {
    const double least =
        (static_cast<double>(discordant) + design.least_drop * static_cast<double>(pairs)) / 2;
    while (chance.k() <= discordant && chance.value() >= design.alpha)
      chance.raise_k();
    while (power_of.k() < std::max(chance.k(), static_cast<long>(std::ceil(least - 1e-9))))
      power_of.raise_k();
    if (power_of.k() <= discordant)
      power += binomial_pmf(discordant, pairs, discordance) * power_of.value();
    chance.raise_n();
    power_of.raise_n();
  }
  return std::min(1.0, power);
}

double mean_test_power(double drop, const MeanTestDesign& design) {
  JANGWON_CHECK(design.alpha > 0 && design.alpha < 1);
  if (design.se <= 0) return drop > 0 && drop >= design.least_drop ? 1 : 0;
  const double noncentrality = drop / design.se;
  double power = 0;
  if (design.df) {
    const double t = student_t_quantile(1 - design.alpha, *design.df);
    power = normal_cdf((noncentrality - t * (1 - 1 / (4 * *design.df))) /
                       std::sqrt(1 + t * t / (2 * *design.df)));
  } else {
    power = normal_cdf(noncentrality - normal_quantile(1 - design.alpha));
  }
  return std::min(power, normal_cdf((drop - design.least_drop) / design.se));
}

}  // namespace jangwon::harness
