// Score: what one scorer says of one completion, in one mode.

#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/json_value.h"

namespace jangwon::harness {

// The first three are the model's doing and count; the two errors are ours and make
// the run incomplete.
enum class Verdict { kCorrect, kIncorrect, kNoAnswer, kInfraError, kSandboxError };
constexpr Verdict kAllVerdicts[] = {Verdict::kCorrect, Verdict::kIncorrect, Verdict::kNoAnswer,
                                    Verdict::kInfraError, Verdict::kSandboxError};

const char* name_of(Verdict verdict);  // correct, incorrect, no_answer, infra_error, sandbox_error
std::optional<Verdict> verdict_of_name(const std::string& name);
constexpr bool counts(Verdict verdict) {
  return verdict <= Verdict::kNoAnswer;
}

// How a completion is judged. `official` agrees with the benchmark's own code, quirks included, and
// is the headline; `native` does what the benchmark means.
enum class ScoreMode { kOfficial, kNative };
const char* name_of(ScoreMode mode);  // official, native

struct Score {
  ScoreMode mode = ScoreMode::kOfficial;
  std::string scorer;          // "letter", "integer", "code", …
  std::string scorer_version;  // raised whenever a verdict can change
  Verdict verdict = Verdict::kNoAnswer;
  std::optional<double> value;        // 1 or 0 for the verdicts that count; absent for the errors
  std::optional<std::string> answer;  // what was extracted
  std::string stage;                  // the extraction stage that fired; empty when none did
  std::string explanation;            // one sentence for a reader; may be empty
  // code: one entry a test, 1 passed, or the official checker's codes -1 … -5
  std::vector<int> results;
  JsonValue metadata;  // an object of scorer-specific facts; null: none
};

// What the verdict would be under named changes of the rule: the members passed_with_NAME of a
// score's metadata, by NAME.
inline constexpr std::string_view kVariantPrefix = "passed_with_";
std::map<std::string, bool> variants_of(const nlohmann::ordered_json& metadata);

// Right and all of what a score is made of, where it is more than one thing: the members
// share_of_NAME of its metadata, [right, all], by NAME. Their sums make a figure beside the score.
inline constexpr std::string_view kSharePrefix = "share_of_";
struct Share {
  int64_t right = 0;
  int64_t all = 0;
};
std::map<std::string, Share> shares_of(const nlohmann::ordered_json& metadata);

Score counted_score(ScoreMode mode, std::string scorer, Verdict verdict);

nlohmann::ordered_json to_json(const Score& score);

}  // namespace jangwon::harness
