#include "harness/stats/pass_at_k.h"

namespace jangwon::harness {

std::optional<double> pass_at_k(int n, int c, int k) {
  if (k < 1 || k > n || c < 0 || c > n) return std::nullopt;
  if (n - c < k) return 1.0;
  double all_wrong = 1.0;
  for (int i = n - c + 1; i <= n; ++i)
    all_wrong *= 1.0 - static_cast<double>(k) / i;
  return 1.0 - all_wrong;
}

}  // namespace jangwon::harness
