// Several p-values made into one: "is there harm anywhere?"

#pragma once

#include <optional>
#include <span>

namespace jangwon::harness {

struct CombinedP {
  double stat = 0;  // Fisher: -2 sum ln p; Stouffer: the weighted z
  double p = 1;
};

// -2 sum ln p against chi-squared with 2m degrees of freedom; independent tests.
// Absent without values.
std::optional<CombinedP> fisher_combined(std::span<const double> p);

// sum w z / sqrt(sum w^2) of one-sided p-values, weights usually sqrt(n_eff); empty weights mean
// equal ones. REQUIRES: 0 < p < 1. Absent without values.
std::optional<CombinedP> stouffer_combined(std::span<const double> p,
                                           std::span<const double> weights = {});

}  // namespace jangwon::harness
