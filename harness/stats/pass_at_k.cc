#include "harness/stats/pass_at_k.h"

#include <algorithm>
#include <cmath>

#include "harness/stats/compensated_sum.h"
#include "harness/stats/hypergeometric.h"

namespace jangwon::harness {

namespace {

bool possible(int n, int c, int k) {
  return k >= 1 && k <= n && c >= 0 && c <= n;
}

}  // namespace

std::optional<double> pass_at_k(int n, int c, int k) {
  if (!possible(n, c, k)) return std::nullopt;
  if (n - c < k) return 1.0;
  double all_wrong = 1.0;
  for (int i = n - c + 1; i <= n; ++i)
    all_wrong *= 1.0 - static_cast<double>(k) / i;
  return 1.0 - all_wrong;
}

std::optional<double> pass_hat_k(int n, int c, int k) {
  if (!possible(n, c, k)) return std::nullopt;
  if (c < k) return 0.0;
  double all_right = 1.0;
  for (int i = 0; i < k; ++i)
    all_right *= static_cast<double>(c - i) / (n - i);
  return all_right;
}

std::optional<double> g_pass_at_k(int n, int c, int k, double tau) {
  if (!possible(n, c, k)) return std::nullopt;
  // tau * k may be an integer that rounding has lifted by one bit.
  const int needed = std::max(1, static_cast<int>(std::ceil(tau * k - 1e-12)));
  const Hypergeometric distribution = hypergeometric(k, c, n);
  CompensatedSum sum;
  for (size_t i = 0; i < distribution.pmf.size(); ++i) {
    if (distribution.lowest + static_cast<long>(i) >= needed) sum.add(distribution.pmf[i]);
  }
  return sum.value();
}

}  // namespace jangwon::harness
