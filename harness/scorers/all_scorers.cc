// The list of scorers. What an entry says is all that the rest of the program knows of one.

#include "harness/scorers/code_scorer.h"
#include "harness/scorers/instructions_scorer.h"
#include "harness/scorers/integer_scorer.h"
#include "harness/scorers/letter_scorer.h"
#include "harness/scorers/numeric_scorer.h"
#include "harness/scorers/option_logprob_scorer.h"
#include "harness/scorers/scorer.h"
#include "runtime/base/nearest_name.h"

namespace jangwon::harness {

namespace {

const std::vector<ScorerEntry>& entries() {
  static const std::vector<ScorerEntry> list = {
      {
          .name = "letter",
          .what = "multiple choice: the letter that a reply names",
          .reads = AnswerKind::kLetter,
          .options = {{.name = "style",
                       .what = "whose official rule",
                       .values = letter_style_names()},
                      {.name = "match",
                       .what = "which match the native mode takes; default: by the kind of prompt",
                       .values = {"first", "last"}},
                      {.name = "language", .what = "of the prompt", .values = {"ko", "en"}}},
          .rows = ForeignRows{.needs = kLetterRowNeeds, .read_key = read_letter_key},
          .make_figures = make_letter_figures,
          .make = make_letter_scorer,
      },
      {
          .name = "integer",
          .what = "an integer, as in competitions",
          .reads = AnswerKind::kInteger,
          .options = {{.name = "rule",
                       .what = "loose: also the last number of a reply",
                       .values = {"exact", "loose"}}},
          .rows = ForeignRows{.needs = kIntegerRowNeeds, .read_key = read_integer_key},
          .make = make_integer_scorer,
      },
      {
          .name = "numeric",
          .what = "a number, as a rational: decimals and fractions too",
          .reads = AnswerKind::kInteger,
          .options = {{.name = "rule",
                       .what = "loose: also the last number of a reply",
                       .values = {"exact", "loose"}},
                      {.name = "tolerance",
                       .what =
                           "rounded: a fraction is right where it rounds to the decimal of the key",
                       .values = {"none", "rounded"}}},
          .rows = ForeignRows{.needs = kNumericRowNeeds, .read_key = read_numeric_key},
          .make = make_numeric_scorer,
      },
      {
          .name = "instructions",
          .what = "instructions that a program can check (IFEval)",
          .variants = {{.name = "loose", .mode = ScoreMode::kOfficial, .line = loose_line},
                       {.name = "loose", .mode = ScoreMode::kNative, .line = loose_line}},
          .make = make_instructions_scorer,
      },
      {
          .name = "code",
          .what = "programs against tests, in the sandbox",
          .reads = AnswerKind::kProgram,
          .needs_sandbox = true,
          .options = {{.name = "timeout_s", .what = "CPU time of a test", .range = "test_seconds"},
                      {.name = "extraction",
                       .what = "where the program stands in a reply",
                       .values = {"fences", "whole"}}},
          .variants = {{.name = "float_tolerance",
                        .mode = ScoreMode::kNative,
                        .line = float_tolerance_line}},
          .rows =
              ForeignRows{
                  .needs = kCodeRowNeeds, .answer_column = "code", .read_key = read_code_key},
          .make = make_code_scorer,
      },
      {
          .name = "option_logprob",
          .what = "multiple choice without generation: the likeliest option",
          .make = make_option_logprob_scorer,
      },
  };
  return list;
}

}  // namespace

const ScorerOption* ScorerEntry::find_option(const std::string& option) const {
  for (const ScorerOption& known : options) {
    if (known.name == option) return &known;
  }
  return nullptr;
}

std::span<const ScorerEntry> all_scorers() {
  return entries();
}

Result<const ScorerEntry*> find_scorer(const std::string& name) {
  std::vector<std::string> names;
  for (const ScorerEntry& entry : entries()) {
    if (name == entry.name) return &entry;
    names.emplace_back(entry.name);
  }
  return invalid_argument(unknown_name_message("scorer", name, names));
}

}  // namespace jangwon::harness
