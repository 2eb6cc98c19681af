// The four figures of MMLU-Pro's compute_accuracy.py: level 1 and level 2, each without and with
// the script's random fallback, which replaces a missing answer by random.choice over ten letters.
// The fallback is shown beside the score and never in it.

#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "harness/scorers/scorer.h"

namespace jangwon::harness {

struct MmluProFigures {
  size_t n = 0;
  size_t level_1_correct = 0;
  size_t level_1_none = 0;
  size_t level_2_correct = 0;
  size_t level_2_none = 0;
  size_t level_1_correct_with_random = 0;
  size_t level_2_correct_with_random = 0;
};

// Takes the rows in file order: the fallback draws from one stream, first for level 1 over all
// rows, then for level 2, as the script does after its random.seed(12345).
class MmluProFigureCounter {
 public:
  // Letters, "" for none.
  void add(const std::string& target, const std::string& level_1, const std::string& level_2);
  MmluProFigures figures() const;

 private:
  struct Row {
    char target;
    char level_1;  // '\0': none
    char level_2;
  };
  std::vector<Row> rows_;
};

// The same for the summary of `jangwon grade`, from scores of the style mmlu_pro.
std::unique_ptr<ScorerFigures> make_mmlu_pro_figures();

}  // namespace jangwon::harness
