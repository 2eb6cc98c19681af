#include "runtime/ops/position_ops.h"

#include <cmath>

namespace jangwon::runtime {

void compute_rotary_angles(const std::vector<float>& inverse_frequencies, float magnitude, const int32_t* positions,
                           int num_positions, float* cosines, float* sines) {
  const size_t half = inverse_frequencies.size();
  for (int t = 0; t < num_positions; ++t) {
    for (size_t i = 0; i < half; ++i) {
      const float angle = static_cast<float>(positions[t]) * inverse_frequencies[i];
      const size_t at = static_cast<size_t>(t) * half + i;
      cosines[at] = static_cast<float>(std::cos(static_cast<double>(angle))) * magnitude;
      sines[at] = static_cast<float>(std::sin(static_cast<double>(angle))) * magnitude;
    }
  }
}

void rotate(RotaryPairs pairs, RotaryAngles angles, int dims, float* x) {
  const int half = dims / 2;
  const int step = pairs == RotaryPairs::kHalfSplit ? 1 : 2;
  const int partner = pairs == RotaryPairs::kHalfSplit ? half : 1;
  for (int i = 0; i < half; ++i) {
    float& a = x[i * step];
    float& b = x[i * step + partner];
    const float rotated_a = a * angles.cosines[i] - b * angles.sines[i];
    const float rotated_b = b * angles.cosines[i] + a * angles.sines[i];
    a = rotated_a;
    b = rotated_b;
  }
}

}  // namespace jangwon::runtime
