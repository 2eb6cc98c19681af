// Means, variances, covariances and quantiles of plain samples.

#pragma once

#include <optional>
#include <span>

namespace jangwon::harness {

double sum_of(std::span<const double> x);

// Absent for an empty sample.
std::optional<double> mean_of(std::span<const double> x);

// With the divisor n - 1; absent for fewer than two values.
std::optional<double> variance_of(std::span<const double> x);

// With the divisor n - 1; absent for fewer than two pairs. REQUIRES: x.size() == y.size().
std::optional<double> covariance_of(std::span<const double> x, std::span<const double> y);

// Linear interpolation between order statistics (type 7 of Hyndman and Fan 1996, the default of
// NumPy and R); absent for an empty sample. REQUIRES: 0 <= q <= 1.
std::optional<double> quantile_of(std::span<const double> x, double q);

}  // namespace jangwon::harness
