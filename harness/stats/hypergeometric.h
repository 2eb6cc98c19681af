// The hypergeometric distribution as a table.

#pragma once

#include <vector>

namespace jangwon::harness {

struct Hypergeometric {
  long lowest = 0;          // the smallest possible value
  std::vector<double> pmf;  // pmf[i] = P(X = lowest + i); sums to 1
};

// X = successes among `drawn` draws without replacement from `total` items, `successes` of which
// are successes. REQUIRES: 0 <= drawn, successes <= total.
Hypergeometric hypergeometric(long drawn, long successes, long total);

}  // namespace jangwon::harness
