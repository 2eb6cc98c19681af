#include "harness/stats/answered_questions.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "harness/stats/majority_vote.h"
#include "harness/stats/pass_at_k.h"

namespace jangwon::harness {

namespace {

int count_right(const AnsweredQuestion& question) {
  return static_cast<int>(std::count_if(question.begin(), question.end(),
                                        [](const AnsweredRun& run) { return run.right; }));
}

// Spellings of the right answer are one answer.
std::optional<double> majority_of(const AnsweredQuestion& question, int k) {
  std::map<std::string, int> wrong;
  for (const AnsweredRun& run : question)
    if (!run.right) ++wrong[run.answer];
  std::vector<int> counts;
  std::optional<size_t> correct;
  if (const int right = count_right(question); right > 0) {
    correct = 0;
    counts.push_back(right);
  }
  for (const auto& [answer, count] : wrong)
    counts.push_back(count);
  return majority_at_k(counts, correct, k);
}

template <typename Figure>
ScoreEstimate mean_over(std::span<const AnsweredQuestion> questions, const Figure& figure) {
  std::vector<double> values;
  for (const AnsweredQuestion& question : questions) {
    if (const std::optional<double> value = figure(question)) values.push_back(*value);
  }
  return estimate_score(std::span<const double>(values));
}

}  // namespace

ScoreEstimate pass_at_k_of(std::span<const AnsweredQuestion> questions, int k) {
  return mean_over(questions, [k](const AnsweredQuestion& question) {
    return pass_at_k(static_cast<int>(question.size()), count_right(question), k);
  });
}

ScoreEstimate majority_at_k_of(std::span<const AnsweredQuestion> questions, int k) {
  return mean_over(questions,
                   [k](const AnsweredQuestion& question) { return majority_of(question, k); });
}

std::optional<double> spread_of(std::span<const AnsweredQuestion> questions) {
  std::set<int> repeats;
  for (const AnsweredQuestion& question : questions) {
    for (const AnsweredRun& run : question)
      repeats.insert(run.repeat);
  }
  if (repeats.size() < 2) return std::nullopt;
  std::map<int, double> right;
  int asked = 0;
  for (const AnsweredQuestion& question : questions) {
    if (question.size() != repeats.size()) continue;
    ++asked;
    for (const AnsweredRun& run : question)
      right[run.repeat] += run.right ? 1.0 : 0.0;
  }
  if (asked == 0) return std::nullopt;
  double mean = 0;
  for (auto& [repeat, score] : right) {
    score /= asked;
    mean += score / static_cast<double>(right.size());
  }
  double squares = 0;
  for (const auto& [repeat, score] : right)
    squares += (score - mean) * (score - mean);
  return std::sqrt(squares / static_cast<double>(right.size() - 1));
}

}  // namespace jangwon::harness
