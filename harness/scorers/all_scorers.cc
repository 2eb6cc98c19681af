// The list of scorers.

#include <array>

#include "harness/scorers/code_scorer.h"
#include "harness/scorers/integer_scorer.h"
#include "harness/scorers/letter_scorer.h"
#include "harness/scorers/option_logprob_scorer.h"
#include "harness/scorers/scorer.h"
#include "runtime/base/nearest_name.h"

namespace jangwon::harness {

namespace {

using MakeScorer = Result<std::unique_ptr<Scorer>> (*)(const std::string& options_json, const ScorerContext& context);

struct Entry {
  const char* name;
  MakeScorer make;
};

constexpr std::array kScorers = {
    Entry{"letter", make_letter_scorer},
    Entry{"integer", make_integer_scorer},
    Entry{"code", make_code_scorer},
    Entry{"option_logprob", make_option_logprob_scorer},
};

}  // namespace

Result<std::unique_ptr<Scorer>> make_scorer(const std::string& name, const std::string& options_json,
                                            const ScorerContext& context) {
  for (const Entry& entry : kScorers) {
    if (name == entry.name) return entry.make(options_json, context);
  }
  return invalid_argument(unknown_name_message("scorer", name, scorer_names()));
}

std::vector<std::string> scorer_names() {
  std::vector<std::string> names;
  for (const Entry& entry : kScorers)
    names.emplace_back(entry.name);
  return names;
}

}  // namespace jangwon::harness
