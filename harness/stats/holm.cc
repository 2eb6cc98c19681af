#include "harness/stats/holm.h"

#include <algorithm>
#include <numeric>

namespace jangwon::harness {

namespace {

// Indices by rising p; equal values keep their order, so that the result is the same everywhere.
std::vector<size_t> rising_order(std::span<const double> p) {
  std::vector<size_t> order(p.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return p[a] < p[b]; });
  return order;
}

}  // namespace

std::vector<double> holm(std::span<const double> p) {
  std::vector<double> adjusted(p.size());
  const std::vector<size_t> order = rising_order(p);
  double running = 0;
  for (size_t rank = 0; rank < order.size(); ++rank) {
    running =
        std::max(running, std::min(1.0, static_cast<double>(p.size() - rank) * p[order[rank]]));
    adjusted[order[rank]] = running;
  }
  return adjusted;
}

std::vector<double> benjamini_hochberg(std::span<const double> p) {
  std::vector<double> adjusted(p.size());
  const std::vector<size_t> order = rising_order(p);
  double running = 1;
  for (size_t rank = order.size(); rank-- > 0;) {
    // The factor first: for the largest p it is exactly 1, so no adjusted value falls
    // below its own p.
    const double factor = static_cast<double>(p.size()) / static_cast<double>(rank + 1);
    running = std::min(running, p[order[rank]] * factor);
    adjusted[order[rank]] = running;
  }
  return adjusted;
}

std::vector<double> bonferroni(std::span<const double> p) {
  std::vector<double> adjusted;
  for (double value : p)
    adjusted.push_back(std::min(1.0, value * static_cast<double>(p.size())));
  return adjusted;
}

}  // namespace jangwon::harness
