#include "harness/scorers/letter_scorer.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "datasets/sample.h"
#include "harness/extractors/answer_letter_extractor.h"
#include "harness/extractors/choice_extractor.h"
#include "harness/extractors/kmmlu_extractor.h"
#include "harness/extractors/mmlu_pro_extractor.h"
#include "harness/scorers/scorer_options.h"

namespace jangwon::harness {

namespace {

constexpr const char* kName = "letter";
constexpr const char* kVersion = "3";

enum class LetterStyle { kMmluPro, kKmmluPro, kAnswerLetter };

struct LetterOptions {
  LetterStyle style = LetterStyle::kMmluPro;
  std::optional<MatchOrder> match;  // absent: by the prompt kind
  PromptLanguage language = PromptLanguage::kKorean;
  const NamedExtractor* extractor = nullptr;  // in place of the official one
};

// As many letters as the benchmark knows, for a sample that came without its options.
int default_num_options(LetterStyle style) {
  switch (style) {
    case LetterStyle::kMmluPro:
      return 10;
    case LetterStyle::kKmmluPro:
      return 5;
    case LetterStyle::kAnswerLetter:
      break;
  }
  return 26;
}

bool is_letter_target(const std::string& target) {
  return target.size() == 1 && target[0] >= 'A' && target[0] <= 'Z';
}

class LetterScorer : public Scorer {
 public:
  explicit LetterScorer(const LetterOptions& options) : options_(options) {}

  std::vector<Score> score(const ScorerInput& input) const override {
    const std::vector<std::string>& targets = input.sample->target;
    if (targets.empty() || !std::all_of(targets.begin(), targets.end(), is_letter_target)) {
      return {unusable(ScoreMode::kOfficial, *input.sample), unusable(ScoreMode::kNative, *input.sample)};
    }
    return {official(input), native(input)};
  }

 private:
  static Score unusable(ScoreMode mode, const datasets::Sample& sample) {
    Score score = counted_score(mode, kName, Verdict::kInfraError);
    score.scorer_version = std::string(kVersion);
    score.explanation = "sample " + sample.id + " has no letter as its target, so nothing can be compared with it";
    return score;
  }

  static Score judge(ScoreMode mode, const Extraction& extraction, const ScorerInput& input) {
    const std::vector<std::string>& targets = input.sample->target;
    const bool right =
        extraction.found() && std::find(targets.begin(), targets.end(), *extraction.answer) != targets.end();
    const Verdict verdict =
        !extraction.found() ? Verdict::kNoAnswer : (right ? Verdict::kCorrect : Verdict::kIncorrect);
    Score score = counted_score(mode, kName, verdict);
    score.scorer_version = std::string(kVersion);
    score.answer = extraction.answer;
    score.stage = extraction.stage;
    return score;
  }

  int num_options(const ScorerInput& input) const {
    const size_t known = input.sample->choices.size();
    return known > 0 ? static_cast<int>(std::min<size_t>(known, 26)) : default_num_options(options_.style);
  }

  Score official(const ScorerInput& input) const {
    if (options_.extractor != nullptr)
      return judge(ScoreMode::kOfficial, options_.extractor->extract(input.answer_text, num_options(input)), input);
    switch (options_.style) {
      case LetterStyle::kMmluPro:
        return official_mmlu_pro(input);
      case LetterStyle::kKmmluPro:
        return judge(ScoreMode::kOfficial, extract_kmmlu_pro_official(input.answer_text, options_.language), input);
      case LetterStyle::kAnswerLetter:
        break;
    }
    return judge(ScoreMode::kOfficial, extract_answer_letter(input.answer_text, num_options(input)), input);
  }

  static Score official_mmlu_pro(const ScorerInput& input) {
    const Extraction level_2 = extract_mmlu_pro_official(input.answer_text, MmluProLevel::kTwo);
    Score score = judge(ScoreMode::kOfficial, level_2, input);
    // Level 1 is the first stage of level 2.
    const bool at_level_1 = level_2.stage == "answer_is";
    score.metadata_json = at_level_1 ? "{\"level_1\":\"" + *level_2.answer + "\"}" : "{\"level_1\":null}";
    return score;
  }

  MatchOrder match_order(const ScorerInput& input) const {
    if (options_.match) return *options_.match;
    if (input.prompt_kind == PromptKind::kCompletion) return MatchOrder::kFirst;
    if (input.prompt_kind == PromptKind::kChat) return MatchOrder::kLast;
    return options_.style == LetterStyle::kMmluPro ? MatchOrder::kFirst : MatchOrder::kLast;
  }

  Score native(const ScorerInput& input) const {
    const int options = num_options(input);
    const MatchOrder order = match_order(input);
    const bool korean = options_.style == LetterStyle::kKmmluPro;
    const ChoiceExtraction choice =
        extract_choice(input.answer_text, korean ? korean_choice(options, order) : english_choice(options, order));
    Score score = judge(ScoreMode::kNative, choice.extraction, input);
    if (choice.num_labels_beyond_options > 0) {
      score.metadata_json = "{\"labels_beyond_options\":" + std::to_string(choice.num_labels_beyond_options) + "}";
    }
    return score;
  }

  LetterOptions options_;
};

}  // namespace

Result<std::unique_ptr<Scorer>> make_letter_scorer(const std::string& options_json, const ScorerContext&) {
  JANGWON_ASSIGN_OR_RETURN(const auto options,
                           parse_scorer_options(kName, options_json, {"style", "match", "language", "extractor"}));
  JANGWON_ASSIGN_OR_RETURN(const size_t style,
                           read_choice_option(kName, options, "style", {"mmlu_pro", "kmmlu_pro", "answer_letter"}));
  LetterOptions parsed;
  parsed.style = std::array{LetterStyle::kMmluPro, LetterStyle::kKmmluPro, LetterStyle::kAnswerLetter}[style];
  JANGWON_ASSIGN_OR_RETURN(const size_t match, read_choice_option(kName, options, "match", {"first", "last"}));
  if (options.contains("match")) parsed.match = match == 0 ? MatchOrder::kFirst : MatchOrder::kLast;
  JANGWON_ASSIGN_OR_RETURN(const size_t language, read_choice_option(kName, options, "language", {"ko", "en"}));
  parsed.language = language == 0 ? PromptLanguage::kKorean : PromptLanguage::kEnglish;
  JANGWON_ASSIGN_OR_RETURN(parsed.extractor, read_extractor_option(kName, options, AnswerKind::kLetter));
  return std::unique_ptr<Scorer>(std::make_unique<LetterScorer>(parsed));
}

}  // namespace jangwon::harness
