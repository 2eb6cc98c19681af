// A style is what a benchmark asks of the official mode and what it gives the native one: a row of
// kStyles, and the only place where the styles are told apart.

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
#include "harness/scorers/foreign_row.h"
#include "harness/scorers/mmlu_pro_figures.h"
#include "runtime/base/json.h"

namespace jangwon::harness {

namespace {

constexpr const char* kName = "letter";
constexpr const char* kVersion = "4";

struct Official {
  Extraction extraction;
  JsonValue metadata;  // of the score
};

Official mmlu_pro_official(std::string_view text, int, PromptLanguage) {
  Extraction level_2 = extract_mmlu_pro_official(text, MmluProLevel::kTwo);
  // Level 1 is the first stage of level 2.
  const bool at_level_1 = level_2.stage == "answer_is";
  Json metadata = {{"level_1", at_level_1 ? Json(*level_2.answer) : Json()}};
  return {std::move(level_2), std::move(metadata)};
}

Official kmmlu_pro_official(std::string_view text, int, PromptLanguage language) {
  return {extract_kmmlu_pro_official(text, language), {}};
}

Official answer_letter_official(std::string_view text, int num_options, PromptLanguage) {
  return {extract_answer_letter(text, num_options), {}};
}

using NativeForms = ChoiceOptions (*)(int num_options, MatchOrder order);

struct LetterStyle {
  const char* name;
  Official (*official)(std::string_view text, int num_options, PromptLanguage language);
  NativeForms native;
  // as many letters as the benchmark knows, for a sample that came without its options
  int default_num_options;
  // which match native takes where the kind of prompt is not known
  MatchOrder unknown_prompt = MatchOrder::kLast;
  // the official rule is another one for another language of the prompt
  bool has_languages = false;
  bool digits_are_targets = false;  // the published keys are 1 … 5
  std::unique_ptr<ScorerFigures> (*make_figures)() = nullptr;
};

const std::array kStyles = {
    LetterStyle{.name = "mmlu_pro",
                .official = mmlu_pro_official,
                .native = english_choice,
                .default_num_options = 10,
                .unknown_prompt = MatchOrder::kFirst,
                .make_figures = make_mmlu_pro_figures},
    LetterStyle{.name = "kmmlu_pro",
                .official = kmmlu_pro_official,
                .native = korean_choice,
                .default_num_options = 5,
                .has_languages = true,
                .digits_are_targets = true},
    LetterStyle{.name = "answer_letter",
                .official = answer_letter_official,
                .native = english_choice,
                .default_num_options = 26},
};

const LetterStyle& style_of(const ScorerOptions& options) {
  return kStyles[options.choice("style")];
}

struct LetterOptions {
  const LetterStyle* style = nullptr;
  std::optional<MatchOrder> match;  // absent: by the prompt kind
  PromptLanguage language = PromptLanguage::kKorean;
  const NamedExtractor* extractor = nullptr;  // in place of the official one
};

bool is_letter_target(const std::string& target) {
  return target.size() == 1 && target[0] >= 'A' && target[0] <= 'Z';
}

class LetterScorer : public Scorer {
 public:
  explicit LetterScorer(const LetterOptions& options) : options_(options) {}

  std::vector<Score> score(const ScorerInput& input) const override {
    const std::vector<std::string>& targets = input.sample->target;
    if (targets.empty() || !std::all_of(targets.begin(), targets.end(), is_letter_target)) {
      return {unusable(ScoreMode::kOfficial, *input.sample),
              unusable(ScoreMode::kNative, *input.sample)};
    }
    return {official(input), native(input)};
  }

 private:
  static Score unusable(ScoreMode mode, const datasets::Sample& sample) {
    Score score = counted_score(mode, kName, Verdict::kInfraError);
    score.scorer_version = std::string(kVersion);
    score.explanation =
        "sample " + sample.id + " has no letter as its target, so nothing can be compared with it";
    return score;
  }

  static Score judge(ScoreMode mode, const Extraction& extraction, const ScorerInput& input) {
    const std::vector<std::string>& targets = input.sample->target;
    const bool right = extraction.found() && std::find(targets.begin(), targets.end(),
                                                       *extraction.answer) != targets.end();
    const Verdict verdict = !extraction.found() ? Verdict::kNoAnswer
                                                : (right ? Verdict::kCorrect : Verdict::kIncorrect);
    Score score = counted_score(mode, kName, verdict);
    score.scorer_version = std::string(kVersion);
    score.answer = extraction.answer;
    score.stage = extraction.stage;
    return score;
  }

  int num_options(const ScorerInput& input) const {
    const size_t known = input.sample->choices.size();
    return known > 0 ? static_cast<int>(std::min<size_t>(known, 26))
                     : options_.style->default_num_options;
  }

  Score official(const ScorerInput& input) const {
    if (options_.extractor != nullptr)
      return judge(ScoreMode::kOfficial,
                   options_.extractor->extract(input.answer_text, num_options(input)), input);
    Official official =
        options_.style->official(input.answer_text, num_options(input), options_.language);
    Score score = judge(ScoreMode::kOfficial, official.extraction, input);
    score.metadata = std::move(official.metadata);
    return score;
  }

  MatchOrder match_order(const ScorerInput& input) const {
    if (options_.match) return *options_.match;
    if (input.prompt_kind == PromptKind::kCompletion) return MatchOrder::kFirst;
    if (input.prompt_kind == PromptKind::kChat) return MatchOrder::kLast;
    return options_.style->unknown_prompt;
  }

  Score native(const ScorerInput& input) const {
    const int options = num_options(input);
    const ChoiceExtraction choice =
        extract_choice(input.answer_text, options_.style->native(options, match_order(input)));
    Score score = judge(ScoreMode::kNative, choice.extraction, input);
    if (choice.num_labels_beyond_options > 0)
      score.metadata = Json{{"labels_beyond_options", choice.num_labels_beyond_options}};
    return score;
  }

  LetterOptions options_;
};

Result<std::string> letter_target(const Json& target, const LetterStyle& style,
                                  size_t num_options) {
  const std::string text = text_of_value(target);
  int index = -1;
  if (text.size() == 1) {
    const char c = text[0];
    if (c >= 'A' && c <= 'Z') index = c - 'A';
    if (c >= 'a' && c <= 'z') index = c - 'a';
    if (style.digits_are_targets && c >= '1' && c <= '9') index = c - '1';
  }
  if (index < 0) {
    return invalid_argument(
        style.digits_are_targets
            ? Message("the target {target} is no option: a letter or a number from 1 is expected",
                      {{"target", target.dump()}})
            : Message("the target {target} is no option: a letter is expected",
                      {{"target", target.dump()}}));
  }
  if (num_options > 0 && static_cast<size_t>(index) >= num_options) {
    return invalid_argument("the target {target} is beyond the {num_options} options",
                            {{"target", target.dump()}, {"num_options", num_options}});
  }
  return std::string(1, static_cast<char>('A' + index));
}

}  // namespace

std::vector<std::string> letter_style_names() {
  std::vector<std::string> names;
  for (const LetterStyle& style : kStyles)
    names.emplace_back(style.name);
  return names;
}

Result<std::unique_ptr<Scorer>> make_letter_scorer(const ScorerOptions& options,
                                                   const ScorerContext&) {
  LetterOptions parsed;
  parsed.style = &style_of(options);
  if (options.has("language") && !parsed.style->has_languages) {
    return invalid_argument(
        "options of the scorer \"letter\": the official rule of the style {style} is the same in "
        "every language; leave "
        "language out",
        {{"style", parsed.style->name}});
  }
  if (options.has("match"))
    parsed.match = options.choice("match") == 0 ? MatchOrder::kFirst : MatchOrder::kLast;
  parsed.language =
      options.choice("language") == 0 ? PromptLanguage::kKorean : PromptLanguage::kEnglish;
  parsed.extractor = options.extractor();
  return std::unique_ptr<Scorer>(std::make_unique<LetterScorer>(parsed));
}

Status read_letter_key(const Json& row, const ScorerOptions& options, datasets::Sample& sample) {
  JANGWON_ASSIGN_OR_RETURN(const std::vector<Json> targets, read_targets(row, kLetterRowNeeds));
  JANGWON_RETURN_IF_ERROR(read_row_options(row, sample));
  for (const Json& target : targets) {
    JANGWON_ASSIGN_OR_RETURN(std::string letter,
                             letter_target(target, style_of(options), sample.choices.size()));
    sample.target.push_back(std::move(letter));
  }
  return ok_status();
}

std::unique_ptr<ScorerFigures> make_letter_figures(const ScorerOptions& options) {
  const LetterStyle& style = style_of(options);
  return style.make_figures == nullptr ? nullptr : style.make_figures();
}

}  // namespace jangwon::harness
