// SplitMix64 as a stream (Steele, Lea, Flood 2014): the only generator of this folder. Its seed
// goes into every result that used it; the standard library's distributions are not used because
// their output is left to the implementation.

#pragma once

#include <cstdint>

#include "runtime/base/counter_rng.h"

namespace jangwon::harness {

class SplitMix64 {
 public:
  explicit SplitMix64(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    const uint64_t draw = splitmix64_mix(state_);  // which adds the increment before it mixes
    state_ += 0x9e3779b97f4a7c15ull;
    return draw;
  }

  // Uniform in 0..n-1 up to a bias of n/2^64: the high half of the product, no rejection.
  uint64_t index(uint64_t n) {
    __extension__ using Wide = unsigned __int128;
    return static_cast<uint64_t>((static_cast<Wide>(next()) * n) >> 64);
  }

  // Uniform in [0, 1) with 53 bits.
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

 private:
  uint64_t state_;
};

}  // namespace jangwon::harness
