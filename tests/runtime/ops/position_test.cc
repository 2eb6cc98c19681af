// Rotary angles, and heads made ready for attention.

#include "tests/runtime/ops/op_test.h"

namespace jangwon::runtime {
namespace {

class PositionTest : public OpTest {};

TEST_P(PositionTest, AnglesAreThoseOfTheRoundedProduct) {
  std::vector<float> frequencies;
  for (int i = 0; i < 32; ++i)
    frequencies.push_back(static_cast<float>(std::pow(10000.0, -i / 32.0)));
  const std::vector<int32_t> positions = {0, 1, 2, 511, 4096, 131071, 1048575, 3};
  constexpr float kMagnitude = 1.25f;
  const std::vector<float> angles = run_everywhere([&](Device& device) {
    float* cosines = device.make<float>(8 * 32);
    float* sines = device.make<float>(8 * 32);
    device->rotary_angles(device.context(), {.positions_T = device.upload(positions),
                                             .num_tokens = 8,
                                             .inverse_frequencies = device.upload(frequencies),
                                             .num_pairs = 32,
                                             .magnitude = kMagnitude,
                                             .cosines = cosines,
                                             .sines = sines});
    std::vector<float> both = device.download(cosines, 8 * 32);
    const std::vector<float> second = device.download(sines, 8 * 32);
    both.insert(both.end(), second.begin(), second.end());
    return both;
  });
  for (size_t t = 0; t < positions.size(); ++t) {
    for (size_t i = 0; i < frequencies.size(); ++i) {
      const double angle = static_cast<float>(positions[t]) * frequencies[i];
      // Correctly rounded, or the neighbour of it; then the factor's rounding.
      ASSERT_NEAR(angles[t * 32 + i], std::cos(angle) * kMagnitude, kFloatEpsilon * kMagnitude);
      ASSERT_NEAR(angles[(8 + t) * 32 + i], std::sin(angle) * kMagnitude,
                  kFloatEpsilon * kMagnitude);
    }
  }
}

struct RotateCase {
  RotaryPairs pairs;
  int tokens;
  int heads;
  int size;
  int dims;  // 0: no position embedding
  bool norm;
  bool in_place;
};

TEST_P(PositionTest, RotateNormalisesEachHeadAndTurnsItsPairs) {
  std::mt19937 random(6);
  for (const RotateCase& c : {RotateCase{RotaryPairs::kHalfSplit, 1, 1, 2, 2, false, true},
                              {RotaryPairs::kHalfSplit, 5, 3, 20, 12, true, true},
                              {RotaryPairs::kInterleaved, 40, 2, 16, 16, false, false},
                              {RotaryPairs::kInterleaved, 3, 4, 8, 4, true, false},
                              {RotaryPairs::kHalfSplit, 17, 2, 24, 0, true, true},
                              {RotaryPairs::kHalfSplit, 17, 2, 24, 0, false, false}}) {
    constexpr int kGap = 5;  // between heads, of both sides
    const int64_t row = int64_t{c.heads} * (c.size + kGap);
    const std::vector<float> in = random_floats(random, c.tokens * row);
    const std::vector<float> weight = random_floats(random, c.size);
    const std::vector<float> cosines = random_floats(random, int64_t{c.tokens} * c.dims / 2);
    const std::vector<float> sines = random_floats(random, int64_t{c.tokens} * c.dims / 2);
    const std::vector<float> before = random_floats(random, c.tokens * row);
    const std::vector<float> out = run_everywhere([&](Device& device) {
      const Rows source = device.upload_rows(in, row);
      const Rows target = c.in_place ? source : device.upload_rows(before, row);
      device->rotate(device.context(),
                     {.in = source,
                      .in_head_stride = c.size + kGap,
                      .num_tokens = c.tokens,
                      .num_heads = c.heads,
                      .size = c.size,
                      .norm_K = c.norm ? device.upload(weight) : nullptr,
                      .epsilon = 1e-6f,
                      .angles = {.pairs = c.pairs,
                                 .dims = c.dims,
                                 .cosines = c.dims ? device.upload(cosines) : nullptr,
                                 .sines = c.dims ? device.upload(sines) : nullptr},
                      .out = target,
                      .out_head_stride = c.size + kGap});
      return device.download(target, c.tokens, row);
    });
    for (int t = 0; t < c.tokens; ++t) {
      for (int head = 0; head < c.heads; ++head) {
        const size_t first = static_cast<size_t>(t * row + head * (c.size + kGap));
        std::vector<double> expected(in.begin() + static_cast<int64_t>(first),
                                     in.begin() + static_cast<int64_t>(first) + c.size);
        double squares = 0.0;
        for (const double value : expected)
          squares += value * value;
        for (int i = 0; c.norm && i < c.size; ++i)
          expected[static_cast<size_t>(i)] *=
              weight[static_cast<size_t>(i)] / std::sqrt(squares / c.size + 1e-6);
        for (int pair = 0; pair < c.dims / 2; ++pair) {
          const bool half_split = c.pairs == RotaryPairs::kHalfSplit;
          double& a = expected[static_cast<size_t>(half_split ? pair : 2 * pair)];
          double& b = expected[static_cast<size_t>(half_split ? pair + c.dims / 2 : 2 * pair + 1)];
          const double cosine = cosines[static_cast<size_t>(t * c.dims / 2 + pair)];
          const double sine = sines[static_cast<size_t>(t * c.dims / 2 + pair)];
          const double turned_a = a * cosine - b * sine;
          b = b * cosine + a * sine;
          a = turned_a;
        }
        for (int i = 0; i < c.size; ++i)
          ASSERT_NEAR(out[first + static_cast<size_t>(i)], expected[static_cast<size_t>(i)], 3e-5);
        for (int i = c.size; i < c.size + kGap; ++i)
          ASSERT_EQ(out[first + static_cast<size_t>(i)],
                    (c.in_place ? in : before)[first + static_cast<size_t>(i)]);
      }
    }
  }
}

JANGWON_TEST_EVERY_OP_TABLE(PositionTest);

}  // namespace
}  // namespace jangwon::runtime
