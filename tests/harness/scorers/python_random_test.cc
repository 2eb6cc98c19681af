#include "harness/scorers/python_random.h"

#include <gtest/gtest.h>

#include <vector>

#include "harness/scorers/mmlu_pro_figures.h"

namespace jangwon::harness {
namespace {

std::vector<uint32_t> draws(uint32_t seed, uint32_t n, int count) {
  PythonRandom random(seed);
  std::vector<uint32_t> out;
  for (int i = 0; i < count; ++i)
    out.push_back(random.choice_index(n));
  return out;
}

// CPython 3.11: random.seed(S); [random.choice(range(N)) for _ in range(COUNT)]
TEST(PythonRandom, DrawsWhatCpythonDraws) {
  EXPECT_EQ(draws(12345, 10, 24), (std::vector<uint32_t>{6, 0, 4, 5, 3, 4, 9, 6, 2, 5, 1, 6,
                                                         4, 8, 2, 9, 8, 2, 5, 1, 8, 6, 9, 8}));
  EXPECT_EQ(draws(12345, 7, 12), (std::vector<uint32_t>{3, 5, 0, 6, 6, 6, 2, 6, 2, 1, 2, 4}));
  EXPECT_EQ(draws(0, 10, 12), (std::vector<uint32_t>{6, 6, 0, 4, 8, 7, 6, 4, 7, 5, 9, 3}));
  // Far enough to pass the 624 words of the state several times.
  const std::vector<uint32_t> many = draws(12345, 10, 10000);
  uint64_t sum = 0;
  for (uint32_t draw : many)
    sum += draw;
  EXPECT_EQ(sum, 44534u);
  EXPECT_EQ((std::vector<uint32_t>(many.end() - 5, many.end())),
            (std::vector<uint32_t>{5, 8, 5, 4, 0}));
}

// Level 1 draws over all rows before level 2 does: 6, 0, 4 are G, A, E; 5 is F.
TEST(MmluProFigures, ShareOneStreamOfTheFallback) {
  MmluProFigureCounter counter;
  counter.add("G", "", "");   // level 1 draws G: right; level 2 draws the fourth, F
  counter.add("B", "", "B");  // level 1 draws A
  counter.add("E", "", "E");  // level 1 draws E: right
  counter.add("C", "C", "C");
  const MmluProFigures figures = counter.figures();
  EXPECT_EQ(figures.n, 4u);
  EXPECT_EQ(figures.level_1_correct, 1u);
  EXPECT_EQ(figures.level_1_none, 3u);
  EXPECT_EQ(figures.level_1_correct_with_random, 3u);
  EXPECT_EQ(figures.level_2_correct, 3u);
  EXPECT_EQ(figures.level_2_none, 1u);
  EXPECT_EQ(figures.level_2_correct_with_random, 3u);
}

}  // namespace
}  // namespace jangwon::harness
