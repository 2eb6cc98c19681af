#include "harness/scorers/integer_scorer.h"

#include <nlohmann/json.hpp>

#include "datasets/sample.h"
#include "harness/extractors/integer_extractor.h"
#include "harness/scorers/foreign_row.h"
#include "runtime/base/json.h"

namespace jangwon::harness {

namespace {

constexpr const char* kName = "integer";
constexpr const char* kVersion = "3";

class IntegerScorer : public Scorer {
 public:
  IntegerScorer(IntegerRule rule, const NamedExtractor* extractor)
      : rule_(rule), extractor_(extractor) {}

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
      score.explanation = "sample " + input.sample->id +
                          " has no integer as its target, so nothing can be compared with it";
      return score;
    }
    // Without the end of the thinking nothing is the answer, even where a box stands in it.
    if (!input.reasoning_terminated) {
      Score score = counted_score(ScoreMode::kOfficial, kName, Verdict::kNoAnswer);
      score.explanation = "the thinking never ended";
      return score;
    }
    const Extraction found = extractor != nullptr ? extractor->extract(input.answer_text, 0)
                                                  : extract_integer(input.answer_text, rule_);
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

Result<std::unique_ptr<Scorer>> make_integer_scorer(const ScorerOptions& options,
                                                    const ScorerContext&) {
  const IntegerRule rule = options.choice("rule") == 0 ? IntegerRule::kExact : IntegerRule::kLoose;
  return std::unique_ptr<Scorer>(std::make_unique<IntegerScorer>(rule, options.extractor()));
}

Status read_integer_key(const Json& row, const ScorerOptions&, datasets::Sample& sample) {
  JANGWON_ASSIGN_OR_RETURN(const std::vector<Json> targets, read_targets(row, kIntegerRowNeeds));
  JANGWON_RETURN_IF_ERROR(read_row_options(row, sample));
  for (const Json& target : targets) {
    const auto integer = normalise_integer_answer(text_of_value(target));
    if (!integer)
      return invalid_argument("the target {one} is no integer", {{"one", target.dump()}});
    sample.target.push_back(*integer);
  }
  return ok_status();
}

}  // namespace jangwon::harness
