#include "harness/scorers/mmlu_pro_figures.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "datasets/sample.h"
#include "harness/scorers/python_random.h"
#include "runtime/base/json.h"
#include "runtime/base/localized.h"

namespace jangwon::harness {

namespace {

constexpr uint32_t kOfficialSeed = 12345;
constexpr uint32_t kOfficialLetters = 10;

char first_or_none(const std::string& letter) {
  return letter.empty() ? '\0' : letter[0];
}

Json share(size_t right, size_t n) {
  return n == 0 ? Json() : Json(static_cast<double>(right) / static_cast<double>(n));
}

std::string percent(size_t right, size_t n) {
  return n == 0
             ? "no rows"
             : fmt::format("{:.2f} %", 100.0 * static_cast<double>(right) / static_cast<double>(n));
}

Json level_json(size_t right, size_t none, size_t right_with_random, size_t n) {
  return {{"correct", right},
          {"no_answer", none},
          {"value", share(right, n)},
          {"correct_with_random", right_with_random},
          {"value_with_random", share(right_with_random, n)}};
}

class MmluProScorerFigures : public ScorerFigures {
 public:
  void add(const datasets::Sample& sample, const std::vector<Score>& scores) override {
    const Score& official = scores.front();
    const std::string answer = official.answer.value_or("");
    const bool at_level_1 = official.stage == "answer_is";
    counter_.add(sample.target.front(), at_level_1 ? answer : "", answer);
  }

  std::string name() const override { return "mmlu_pro"; }

  Json json() const override {
    const MmluProFigures f = counter_.figures();
    return {{"n", f.n},
            {"level_1",
             level_json(f.level_1_correct, f.level_1_none, f.level_1_correct_with_random, f.n)},
            {"level_2",
             level_json(f.level_2_correct, f.level_2_none, f.level_2_correct_with_random, f.n)}};
  }

  std::vector<std::string> lines() const override {
    const MmluProFigures f = counter_.figures();
    return {localized("  level 1: {level_1_correct} ({count}), {level_1_none} without an answer; "
                      "with the script's "
                      "random fallback {level_1_correct_with_random} ({count_2})",
                      {{"level_1_correct", f.level_1_correct},
                       {"count", percent(f.level_1_correct, f.n)},
                       {"level_1_none", f.level_1_none},
                       {"level_1_correct_with_random", f.level_1_correct_with_random},
                       {"count_2", percent(f.level_1_correct_with_random, f.n)}}),
            localized("  level 2: {level_2_correct} ({count}), {level_2_none} without an answer; "
                      "with the script's "
                      "random fallback {level_2_correct_with_random} ({count_2})",
                      {{"level_2_correct", f.level_2_correct},
                       {"count", percent(f.level_2_correct, f.n)},
                       {"level_2_none", f.level_2_none},
                       {"level_2_correct_with_random", f.level_2_correct_with_random},
                       {"count_2", percent(f.level_2_correct_with_random, f.n)}})};
  }

 private:
  MmluProFigureCounter counter_;
};

}  // namespace

void MmluProFigureCounter::add(const std::string& target, const std::string& level_1,
                               const std::string& level_2) {
  rows_.push_back({first_or_none(target), first_or_none(level_1), first_or_none(level_2)});
}

MmluProFigures MmluProFigureCounter::figures() const {
  MmluProFigures out;
  out.n = rows_.size();
  PythonRandom random(kOfficialSeed);
  const auto pass = [&](char Row::*level, size_t& correct, size_t& none,
                        size_t& correct_with_random) {
    for (const Row& row : rows_) {
      char answer = row.*level;
      correct += answer == row.target ? 1 : 0;
      if (answer == '\0') {
        ++none;
        answer = static_cast<char>('A' + random.choice_index(kOfficialLetters));
      }
      correct_with_random += answer == row.target ? 1 : 0;
    }
  };
  pass(&Row::level_1, out.level_1_correct, out.level_1_none, out.level_1_correct_with_random);
  pass(&Row::level_2, out.level_2_correct, out.level_2_none, out.level_2_correct_with_random);
  return out;
}

std::unique_ptr<ScorerFigures> make_mmlu_pro_figures() {
  return std::make_unique<MmluProScorerFigures>();
}

}  // namespace jangwon::harness
