#include "harness/stats/moments.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "harness/stats/compensated_sum.h"
#include "runtime/base/check.h"

namespace jangwon::harness {

double sum_of(std::span<const double> x) {
  CompensatedSum sum;
  for (double value : x)
    sum.add(value);
  return sum.value();
}

std::optional<double> mean_of(std::span<const double> x) {
  if (x.empty()) return std::nullopt;
  return sum_of(x) / static_cast<double>(x.size());
}

std::optional<double> variance_of(std::span<const double> x) {
  return covariance_of(x, x);
}

std::optional<double> covariance_of(std::span<const double> x, std::span<const double> y) {
  JANGWON_CHECK(x.size() == y.size());
  if (x.size() < 2) return std::nullopt;
  const double mean_x = *mean_of(x), mean_y = *mean_of(y);
  CompensatedSum sum;
  for (size_t i = 0; i < x.size(); ++i)
    sum.add((x[i] - mean_x) * (y[i] - mean_y));
  return sum.value() / static_cast<double>(x.size() - 1);
}

std::optional<double> quantile_of(std::span<const double> x, double q) {
  JANGWON_CHECK(q >= 0 && q <= 1);
  if (x.empty()) return std::nullopt;
  std::vector<double> sorted(x.begin(), x.end());
  std::sort(sorted.begin(), sorted.end());
  const double position = static_cast<double>(sorted.size() - 1) * q;
  const auto index = static_cast<size_t>(std::floor(position));
  if (index + 1 >= sorted.size()) return sorted.back();
  const double fraction = position - static_cast<double>(index);
  return sorted[index] + fraction * (sorted[index + 1] - sorted[index]);
}

}  // namespace jangwon::harness
