#include "harness/stats/sign_flip.h"

#include <cstdlib>
#include <vector>

#include "harness/stats/compensated_sum.h"

namespace jangwon::harness {

SignFlip sign_flip_exact(std::span<const long> differences) {
  // distribution[s] = P(sum of flipped differences = s - reach)
  std::vector<double> distribution = {1.0};
  long reach = 0, observed = 0;
  for (long difference : differences) {
    observed += difference;
    const auto shift = static_cast<size_t>(std::labs(difference));
    if (shift == 0) continue;
    std::vector<double> next(distribution.size() + 2 * shift, 0.0);
    for (size_t s = 0; s < distribution.size(); ++s) {
      next[s] += distribution[s] / 2;
      next[s + 2 * shift] += distribution[s] / 2;
    }
    distribution = std::move(next);
    reach += static_cast<long>(shift);
  }
  CompensatedSum two_sided, worse;
  for (size_t s = 0; s < distribution.size(); ++s) {
    const long sum = static_cast<long>(s) - reach;
    if (std::labs(sum) >= std::labs(observed)) two_sided.add(distribution[s]);
    if (sum <= observed) worse.add(distribution[s]);
  }
  return {two_sided.value(), worse.value()};
}

}  // namespace jangwon::harness
