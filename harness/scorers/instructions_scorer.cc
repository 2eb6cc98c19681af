#include "harness/scorers/instructions_scorer.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "datasets/sample.h"
#include "harness/scorers/instruction_rules.h"
#include "runtime/base/json.h"
#include "runtime/base/localized.h"

namespace jangwon::harness {

namespace {

constexpr const char* kName = "instructions";
constexpr const char* kVersion = "1";
constexpr const char* kKwargs = "kwargs";

class InstructionsScorer : public Scorer {
 public:
  std::vector<Score> score(const ScorerInput& input) const override {
    const Result<std::vector<Instruction>> instructions = instructions_of(*input.sample);
    if (!instructions.ok()) {
      const std::string why = "sample " + input.sample->id + ": " + instructions.status().message();
      return {unusable(ScoreMode::kOfficial, why), unusable(ScoreMode::kNative, why)};
    }
    return {judge(ScoreMode::kOfficial, InstructionReading::kOriginal, *instructions, input),
            judge(ScoreMode::kNative, InstructionReading::kKorean, *instructions, input)};
  }

 private:
  static Score unusable(ScoreMode mode, const std::string& why) {
    Score score = counted_score(mode, kName, Verdict::kInfraError);
    score.scorer_version = kVersion;
    score.explanation = why;
    return score;
  }

  static Result<std::vector<Instruction>> instructions_of(const datasets::Sample& sample) {
    if (sample.target.empty()) return invalid_argument("it has no instructions");
    const Json& columns = *sample.columns;
    if (!columns.contains(kKwargs))
      return invalid_argument(
          "it has no column \"kwargs\" with the parameters of its instructions");
    return read_instructions(sample.target, columns.at(kKwargs));
  }

  static Score judge(ScoreMode mode, InstructionReading reading,
                     const std::vector<Instruction>& instructions, const ScorerInput& input) {
    // Without the end of the thinking there is no reply that could follow anything.
    const std::string_view reply =
        input.reasoning_terminated ? input.answer_text : std::string_view();
    Json ids = Json::array(), strict = Json::array(), loose = Json::array();
    std::string missed;
    for (const Instruction& instruction : instructions) {
      const bool followed = follows(instruction, reply, input.sample->question, reading);
      ids.push_back(instruction.id);
      strict.push_back(followed);
      loose.push_back(followed ||
                      follows_loosely(instruction, reply, input.sample->question, reading));
      if (!followed) missed += (missed.empty() ? "" : ", ") + instruction.id;
    }
    const auto num_followed =
        static_cast<size_t>(std::count(strict.begin(), strict.end(), Json(true)));
    const bool blank = reply.find_first_not_of(" \t\r\n") == std::string_view::npos;
    const Verdict verdict = blank                                 ? Verdict::kNoAnswer
                            : num_followed == instructions.size() ? Verdict::kCorrect
                                                                  : Verdict::kIncorrect;
    Score score = counted_score(mode, kName, verdict);
    score.scorer_version = kVersion;
    if (!blank)
      score.answer = std::to_string(num_followed) + "/" + std::to_string(instructions.size());
    score.stage = blank ? "" : "strict";
    if (!missed.empty() && !blank) score.explanation = "not followed: " + missed;
    const auto num_loose = static_cast<size_t>(std::count(loose.begin(), loose.end(), Json(true)));
    score.metadata = Json{{"instructions", ids},
                          {"strict", strict},
                          {"loose", loose},
                          {"passed_with_loose", num_loose == instructions.size()},
                          {"share_of_instruction_strict", {num_followed, instructions.size()}},
                          {"share_of_instruction_loose", {num_loose, instructions.size()}}};
    return score;
  }
};

}  // namespace

Result<std::unique_ptr<Scorer>> make_instructions_scorer(const ScorerOptions&,
                                                         const ScorerContext&) {
  return std::unique_ptr<Scorer>(std::make_unique<InstructionsScorer>());
}

std::string loose_line(size_t right, size_t n, const std::string& share) {
  return localized(
      "  loosely, without the first or last line or asterisks: {right} of {count} ({share})",
      {{"right", right}, {"count", n}, {"share", share}});
}

}  // namespace jangwon::harness
