// Python's random module, as far as official scripts use it: `random.seed(n)` and
// `random.choice` over a list.
//
// MT19937 with init_by_array (Matsumoto, Nishimura 1998/2002) seeded as CPython seeds from an
// integer, and CPython 3's _randbelow: draw bit_length(n) bits until the draw is below n.

#pragma once

#include <array>
#include <cstdint>

namespace jangwon::harness {

class PythonRandom {
 public:
  explicit PythonRandom(uint32_t seed);

  // The index that random.choice takes from a list of n elements. REQUIRES: 0 < n < 2^32.
  uint32_t choice_index(uint32_t n);

 private:
  void init_genrand(uint32_t seed);
  uint32_t next_uint32();

  std::array<uint32_t, 624> state_{};
  int index_ = 624;
};

}  // namespace jangwon::harness
