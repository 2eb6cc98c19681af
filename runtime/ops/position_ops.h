// Rotary position embedding.

#pragma once

#include <cstdint>
#include <vector>

namespace jangwon::runtime {

// Which components form a pair: (i, i + dims/2), or (2i, 2i + 1). Queries and keys of one model use the same.
enum class RotaryPairs { kHalfSplit, kInterleaved };

// Cosines and sines of one position, [dims / 2] each.
struct RotaryAngles {
  const float* cosines;
  const float* sines;
};

// Angles of `num_positions` positions into [num_positions, dims / 2] tables. The product position · inverse frequency
// is rounded to float first, as the reference implementations do: at long positions that rounding is part of the model.
void compute_rotary_angles(const std::vector<float>& inverse_frequencies, float magnitude, const int32_t* positions,
                           int num_positions, float* cosines, float* sines);

// Rotates the first `dims` components of x in place.
void rotate(RotaryPairs pairs, RotaryAngles angles, int dims, float* x);

}  // namespace jangwon::runtime
