#include "harness/scorers/mmlu_pro_figures.h"

#include "harness/scorers/python_random.h"

namespace jangwon::harness {

namespace {

constexpr uint32_t kOfficialSeed = 12345;
constexpr uint32_t kOfficialLetters = 10;

char first_or_none(const std::string& letter) {
  return letter.empty() ? '\0' : letter[0];
}

}  // namespace

void MmluProFigureCounter::add(const std::string& target, const std::string& level_1, const std::string& level_2) {
  rows_.push_back({first_or_none(target), first_or_none(level_1), first_or_none(level_2)});
}

MmluProFigures MmluProFigureCounter::figures() const {
  MmluProFigures out;
  out.n = rows_.size();
  PythonRandom random(kOfficialSeed);
  const auto pass = [&](char Row::*level, size_t& correct, size_t& none, size_t& correct_with_random) {
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

}  // namespace jangwon::harness
