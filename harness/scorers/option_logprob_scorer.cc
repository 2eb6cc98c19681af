#include "harness/scorers/option_logprob_scorer.h"

#include <algorithm>
#include <cmath>

#include "datasets/sample.h"

namespace jangwon::harness {

namespace {

constexpr const char* kName = "option_logprob";
constexpr const char* kVersion = "1";

class OptionLogprobScorer : public Scorer {
 public:
  std::vector<Score> score(const ScorerInput& input) const override {
    Score score = judge(input);
    score.scorer_version = std::string(kVersion);
    Score native = score;
    native.mode = ScoreMode::kNative;
    return {std::move(score), std::move(native)};
  }

 private:
  static Score judge(const ScorerInput& input) {
    const auto& logprobs = input.continuation_logprobs;
    const datasets::Sample& sample = *input.sample;
    const bool usable =
        !logprobs.empty() && logprobs.size() == sample.choices.size() &&
        std::none_of(logprobs.begin(), logprobs.end(), [](double p) { return std::isnan(p); });
    if (!usable) {
      Score score = counted_score(ScoreMode::kOfficial, kName, Verdict::kInfraError);
      score.explanation = "sample " + sample.id + " has " + std::to_string(sample.choices.size()) +
                          " options but " + std::to_string(logprobs.size()) +
                          " log-probabilities that are numbers are needed and missing";
      return score;
    }
    const auto best = std::max_element(logprobs.begin(), logprobs.end()) - logprobs.begin();
    const std::string letter(1, static_cast<char>('A' + best));
    const bool right =
        std::find(sample.target.begin(), sample.target.end(), letter) != sample.target.end();
    Score score =
        counted_score(ScoreMode::kOfficial, kName, right ? Verdict::kCorrect : Verdict::kIncorrect);
    score.answer = letter;
    score.stage = "highest_logprob";
    return score;
  }
};

}  // namespace

Result<std::unique_ptr<Scorer>> make_option_logprob_scorer(const ScorerOptions&,
                                                           const ScorerContext&) {
  return std::unique_ptr<Scorer>(std::make_unique<OptionLogprobScorer>());
}

}  // namespace jangwon::harness
