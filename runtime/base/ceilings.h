// What the threads of a context can do at most, measured for a moment: the best of several passes.

#pragma once

namespace jangwon {

struct Ceilings {
  // multiplications and additions of the fastest products of its numerics
  double operations_per_s = 0.0;
  double memory_bytes_per_s = 0.0;  // read
};

}  // namespace jangwon
