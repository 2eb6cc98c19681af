// Bootstrap intervals for figures without a closed form (maj@k, pass@k, tokens per correct
// answer). Deterministic: draws come in order from SplitMix64, quantiles are type 7, and the seed
// stands in the result.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "harness/stats/interval.h"

namespace jangwon::harness {

struct BootstrapOptions {
  int replicates = 2000;
  uint64_t seed = 20260101;
  double confidence = kDefaultConfidence;
};

struct BootstrapResult {
  Interval ci;
  std::optional<double> se;            // percentile and cluster bootstrap
  std::optional<double> z0;            // BCa: bias correction, mid-rank for ties
  std::optional<double> acceleration;  // BCa: from the jackknife
  uint64_t seed = 0;
  int replicates = 0;
};

// Percentiles of resampled means. Absent for an empty sample.
std::optional<BootstrapResult> bootstrap_percentile(std::span<const double> x,
                                                    const BootstrapOptions& options = {});

// Efron 1987, bias-corrected and accelerated. Absent for an empty sample, for one value, and where
// the correction is undefined (every replicate on one side of the mean).
std::optional<BootstrapResult> bootstrap_bca(std::span<const double> x,
                                             const BootstrapOptions& options = {});

// Whole clusters are resampled; the figure is the pooled mean. Absent without values.
std::optional<BootstrapResult> bootstrap_clusters(std::span<const std::vector<double>> clusters,
                                                  const BootstrapOptions& options = {});

}  // namespace jangwon::harness
