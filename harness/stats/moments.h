// Means, variances and covariances of plain samples.

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

}  // namespace jangwon::harness
