// The exact sign-flip (permutation) test on questions: under the hypothesis of no difference, each
// question's difference could as well have had the other sign (scope: population).

#pragma once

#include <span>

namespace jangwon::harness {

struct SignFlip {
  double p_two_sided = 1;
  double p_worse = 1;  // P(sum <= observed): the mean is lower
};

// Differences as integers: with K runs a side, successes minus successes (of the same K). The whole
// distribution is built by convolution, so no random number is drawn; O(n * sum |d|).
SignFlip sign_flip_exact(std::span<const long> differences);

}  // namespace jangwon::harness
