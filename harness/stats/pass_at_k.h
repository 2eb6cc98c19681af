// The pass@k family for one question: n runs were drawn, c of them are correct. A task's figure is
// the mean over questions, with its standard error over questions. All are absent for k > n: k
// draws without replacement cannot be made.

#pragma once

#include <optional>

namespace jangwon::harness {

// Some of k draws is correct: 1 - C(n-c, k)/C(n, k), in the product form of Chen et al. 2021. At k
// = n the estimate is the maximum of the very draws it describes; callers warn below n = 2k.
std::optional<double> pass_at_k(int n, int c, int k);

// All of k draws are correct: C(c, k)/C(n, k).
std::optional<double> pass_hat_k(int n, int c, int k);

// At least ceil(tau * k) of k draws are correct (and at least one). REQUIRES: 0 <= tau <= 1.
std::optional<double> g_pass_at_k(int n, int c, int k, double tau);

}  // namespace jangwon::harness
