// Tests that may be looked at after every question. An e-value is a bet against "nothing has
// changed"; its expectation under that hypothesis is 1, so it exceeds 1/alpha with probability at
// most alpha at any stopping time (Ville).

#pragma once

namespace jangwon::harness {

// Against "at most half of the discordant questions are regressions": the mixture
// truncated to (1/2, 1].
double e_value_harm(long regressions, long improvements, double a = 0.5);

}  // namespace jangwon::harness
