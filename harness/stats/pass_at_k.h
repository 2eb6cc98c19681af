// pass@k for one question: n runs were drawn, c of them are correct. A task's figure is
// the mean over questions, with its standard error over questions. Absent for k > n: k
// draws without replacement cannot be made.

#pragma once

#include <optional>

namespace jangwon::harness {

// Some of k draws is correct: 1 - C(n-c, k)/C(n, k), in the product form of Chen et al. 2021. At k
// = n the estimate is the maximum of the very draws it describes; callers warn below n = 2k.
std::optional<double> pass_at_k(int n, int c, int k);

}  // namespace jangwon::harness
