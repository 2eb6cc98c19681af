#include "harness/scorers/integer_scorer.h"

#include <nlohmann/json.hpp>

#include "datasets/sample.h"
#include "harness/extractors/integer_extractor.h"
#include "harness/scorers/scorer_options.h"

namespace jangwon::harness {

namespace {

constexpr const char* kName = "integer";
constexpr const char* kVersion = "2";

class IntegerScorer : public Scorer {
 public:
  IntegerScorer(IntegerRule rule, const NamedExtractor* extractor) : rule_(rule), extractor_(extractor) {}

  std::vector<Score> score(const ScorerInput& input) const override {
    Score score = judge(input, extractor_);
    score.scorer_version = std::string(kVersion);
    Score native = extractor_ == nullptr ? score : judge(input, nullptr);
    native.scorer_version = score.scorer_version;
    native.mode = ScoreMode::kNative;
    return {std::move(score), std::move(native)};
  }

 private:
  Score judge(const ScorerInput& input, const NamedExtractor* extractor) const {
    std::vector<std::string> targets;
    for (const std::string& target : input.sample->target) {
      if (auto integer = normalise_integer_answer(target)) targets.push_back(std::move(*integer));
    }
    if (targets.empty() || targets.size() != input.sample->target.size()) {
      Score score = counted_score(ScoreMode::kOfficial, kName, Verdict::kInfraError);
      score.explanation =
          "sample " + input.sample->id + " has no integer as its target, so nothing can be compared with it";
      return score;
    }
    // Without the end of the thinking nothing is the answer, even where a box stands in it.
    if (!input.reasoning_terminated) {
      Score score = counted_score(ScoreMode::kOfficial, kName, Verdict::kNoAnswer);
      score.explanation = "the thinking never ended";
      return score;
    }
    const Extraction found =
        extractor != nullptr ? extractor->extract(input.answer_text, 0) : extract_integer(input.answer_text, rule_);
    Verdict verdict = found.found() ? Verdict::kIncorrect : Verdict::kNoAnswer;
    for (const std::string& target : targets) {
      if (found.found() && *found.answer == target) verdict = Verdict::kCorrect;
    }
    Score score = counted_score(ScoreMode::kOfficial, kName, verdict);
    score.answer = found.answer;
    score.stage = found.stage;
    return score;
  }

  IntegerRule rule_;
  const NamedExtractor* extractor_;  // in place of the rule in the official mode; may be null
};

}  // namespace

Result<std::unique_ptr<Scorer>> make_integer_scorer(const std::string& options_json, const ScorerContext&) {
  JANGWON_ASSIGN_OR_RETURN(const auto options, parse_scorer_options(kName, options_json, {"rule", "extractor"}));
  JANGWON_ASSIGN_OR_RETURN(const size_t rule, read_choice_option(kName, options, "rule", {"exact", "loose"}));
  JANGWON_ASSIGN_OR_RETURN(const NamedExtractor* extractor,
                           read_extractor_option(kName, options, AnswerKind::kInteger));
  return std::unique_ptr<Scorer>(
      std::make_unique<IntegerScorer>(rule == 0 ? IntegerRule::kExact : IntegerRule::kLoose, extractor));
}

}  // namespace jangwon::harness
