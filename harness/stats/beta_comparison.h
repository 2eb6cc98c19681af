// Two independent beta posteriors compared, in closed form instead of by sampling.

#pragma once

namespace jangwon::harness {

// P(X > Y) for X ~ Beta(a1, b1), Y ~ Beta(a2, b2). REQUIRES: a1 a positive integer,
// all parameters > 0.
double beta_exceeds(int a1, double b1, double a2, double b2);

}  // namespace jangwon::harness
