#include "runtime/base/counter_rng.h"

#include <gtest/gtest.h>

#include <vector>

namespace jangwon {
namespace {

TEST(CounterRng, SplitMix64AgreesWithItsReference) {
  // First outputs of the reference generator seeded with 0: mix(k * golden gamma) for k = 0, 1.
  EXPECT_EQ(splitmix64_mix(0), 0xe220a8397b1dcdafull);
  EXPECT_EQ(splitmix64_mix(0x9e3779b97f4a7c15ull), 0x6e789e6aa1b965f4ull);
}

TEST(CounterRng, UniformsAreUniform) {
  std::vector<int> bins(10);
  const int draws = 100000;
  for (int i = 0; i < draws; ++i)
    ++bins[static_cast<size_t>(uniform_at(key_of_name("sample"), static_cast<uint64_t>(i)) * 10)];
  double chi_square = 0;
  for (int count : bins)
    chi_square += (count - draws / 10.0) * (count - draws / 10.0) / (draws / 10.0);
  EXPECT_LT(chi_square, 27.9);  // 9 degrees of freedom, p = 0.001
}

TEST(CounterRng, StreamsOfNeighbouringKeysDiffer) {
  EXPECT_NE(uniform_at(combine_keys(1, 2), 0), uniform_at(combine_keys(2, 1), 0));
  EXPECT_NE(key_of_name("a"), key_of_name("b"));
}

}  // namespace
}  // namespace jangwon
