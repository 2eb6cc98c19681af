#include "harness/stats/combined_p.h"

#include <cmath>

#include "harness/stats/compensated_sum.h"
#include "harness/stats/special_functions.h"
#include "runtime/base/check.h"

namespace jangwon::harness {

std::optional<CombinedP> fisher_combined(std::span<const double> p) {
  if (p.empty()) return std::nullopt;
  CompensatedSum logs;
  for (double value : p)
    logs.add(std::log(value));
  const double stat = -2 * logs.value();
  return CombinedP{stat, chi_squared_upper_tail(stat, 2.0 * static_cast<double>(p.size()))};
}

std::optional<CombinedP> stouffer_combined(std::span<const double> p,
                                           std::span<const double> weights) {
  JANGWON_CHECK(weights.empty() || weights.size() == p.size());
  if (p.empty()) return std::nullopt;
  CompensatedSum scores, squares;
  for (size_t i = 0; i < p.size(); ++i) {
    const double weight = weights.empty() ? 1.0 : weights[i];
    scores.add(weight * -normal_quantile(p[i]));
    squares.add(weight * weight);
  }
  const double z = scores.value() / std::sqrt(squares.value());
  return CombinedP{z, normal_upper_tail(z)};
}

}  // namespace jangwon::harness
