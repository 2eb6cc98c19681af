// Reply and key are read by the same reader (harness/extractors), so that a spelling which one
// understands is never foreign to the other, and compared as rationals: a tolerance in doubles
// would make 0.333 a third for one key and not for the next. Several keys are alternatives. One
// that is no number is compared as a formula's text, and the stage says so, because such a verdict
// is weaker than the others. tests/harness/scorers/numeric_scorer_test.cc.

#include "harness/scorers/numeric_scorer.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "datasets/sample.h"
#include "harness/extractors/number_extractor.h"
#include "harness/scorers/foreign_row.h"
#include "runtime/base/json.h"

namespace jangwon::harness {

namespace {

constexpr const char* kName = "numeric";
constexpr const char* kVersion = "1";

enum class Tolerance { kNone, kRounded };

// What two spellings of one formula share.
std::string bare_formula(std::string_view text) {
  std::string bare(text);
  for (std::string_view drop :
       {"\\left", "\\right", "\\displaystyle", "\\,", "\\!", "\\;", "$", " ", "\n"}) {
    for (size_t at = bare.find(drop); at != std::string::npos; at = bare.find(drop, at))
      bare.erase(at, drop.size());
  }
  for (std::string_view fraction : {"\\dfrac", "\\tfrac"}) {
    for (size_t at = bare.find(fraction); at != std::string::npos; at = bare.find(fraction, at))
      bare.replace(at, fraction.size(), "\\frac");
  }
  return bare;
}

class NumericScorer : public Scorer {
 public:
  NumericScorer(IntegerRule rule, Tolerance tolerance, const NamedExtractor* extractor)
      : rule_(rule), tolerance_(tolerance), extractor_(extractor) {}

  std::vector<Score> score(const ScorerInput& input) const override {
    Score score = judge(input, extractor_);
    Score native = extractor_ == nullptr ? score : judge(input, nullptr);
    native.mode = ScoreMode::kNative;
    return {std::move(score), std::move(native)};
  }

 private:
  Score judge(const ScorerInput& input, const NamedExtractor* extractor) const {
    Score score = judged(input, extractor);
    score.scorer_version = std::string(kVersion);
    return score;
  }

  Score judged(const ScorerInput& input, const NamedExtractor* extractor) const {
    if (input.sample->target.empty()) {
      Score score = counted_score(ScoreMode::kOfficial, kName, Verdict::kInfraError);
      score.explanation =
          "sample " + input.sample->id + " has no target, so nothing can be compared with it";
      return score;
    }
    // Without the end of the thinking nothing is the answer, even where a box stands in it.
    if (!input.reasoning_terminated) {
      Score score = counted_score(ScoreMode::kOfficial, kName, Verdict::kNoAnswer);
      score.explanation = "the thinking never ended";
      return score;
    }
    const NumberExtraction found = extract(input.answer_text, extractor);
    if (!found.extraction.found())
      return counted_score(ScoreMode::kOfficial, kName, Verdict::kNoAnswer);
    bool as_text = false;
    const bool right =
        std::any_of(input.sample->target.begin(), input.sample->target.end(),
                    [&](const std::string& target) { return is_right(found, target, as_text); });
    Score score =
        counted_score(ScoreMode::kOfficial, kName, right ? Verdict::kCorrect : Verdict::kIncorrect);
    score.answer = found.extraction.answer;
    score.stage = found.extraction.stage + (as_text ? "_as_text" : "");
    return score;
  }

  NumberExtraction extract(std::string_view text, const NamedExtractor* extractor) const {
    if (extractor == nullptr) return extract_number(text, rule_);
    NumberExtraction found;
    found.extraction = extractor->extract(text, 0);
    if (found.extraction.found())
      found.number = read_number_expression(*found.extraction.answer).number;
    return found;
  }

  bool is_right(const NumberExtraction& found, const std::string& target, bool& as_text) const {
    const std::optional<ExactNumber> gold = read_number_expression(target).number;
    if (!gold) {
      as_text = true;
      return bare_formula(*found.extraction.answer) == bare_formula(target);
    }
    if (!found.number) return false;
    if (equal(*found.number, *gold)) return true;
    const bool may_round = tolerance_ == Tolerance::kRounded && gold->num_decimals.value_or(0) > 0;
    return may_round && !found.number->num_decimals && rounds_to(*found.number, *gold);
  }

  IntegerRule rule_;
  Tolerance tolerance_;
  const NamedExtractor* extractor_;  // in place of the rule in the official mode; may be null
};

}  // namespace

Result<std::unique_ptr<Scorer>> make_numeric_scorer(const ScorerOptions& options,
                                                    const ScorerContext&) {
  const IntegerRule rule = options.choice("rule") == 0 ? IntegerRule::kExact : IntegerRule::kLoose;
  const Tolerance tolerance =
      options.choice("tolerance") == 0 ? Tolerance::kNone : Tolerance::kRounded;
  return std::unique_ptr<Scorer>(
      std::make_unique<NumericScorer>(rule, tolerance, options.extractor()));
}

Status read_numeric_key(const Json& row, const ScorerOptions&, datasets::Sample& sample) {
  JANGWON_ASSIGN_OR_RETURN(const std::vector<Json> targets, read_targets(row, kNumericRowNeeds));
  JANGWON_RETURN_IF_ERROR(read_row_options(row, sample));
  for (const Json& target : targets)
    sample.target.push_back(text_of_value(target));
  return ok_status();
}

}  // namespace jangwon::harness
