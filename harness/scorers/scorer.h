// Scorer: completion + target → Score, in each mode. Pure, but for code, which runs in the sandbox.
//
// To add one: a file with one function and one struct of options, one line in all_scorers.cc, a table test.

#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/record/score.h"
#include "runtime/base/status.h"

namespace jangwon::datasets {
struct Sample;
}

namespace jangwon::harness {

class SandboxPool;

// Prompt and extractor are a pair: a completion runs on into invented questions, a chat reply corrects itself.
enum class PromptKind { kUnknown, kChat, kCompletion };

// What a scorer may read of a reply.
struct ScorerInput {
  const datasets::Sample* sample = nullptr;
  std::string_view text;                          // the whole reply, thinking included
  std::string_view answer_text;                   // the reply after the thinking was removed by the model's own markers
  std::span<const double> continuation_logprobs;  // of a log-probability request: one sum an option, in nats
  PromptKind prompt_kind = PromptKind::kUnknown;
  bool truncated = false;  // the token limit ended the reply
  bool reasoning_terminated = true;
};

class Scorer {
 public:
  virtual ~Scorer() = default;
  // One score a mode, official first; see ScorerContext::modes. Never fails: what cannot be judged is a verdict of ours
  // with an explanation.
  virtual std::vector<Score> score(const ScorerInput& input) const = 0;
};

// `name` and `options_json` come from task.yaml. Errors name the unknown scorer or option and the nearest right one.
struct ScorerContext {
  SandboxPool* sandbox = nullptr;  // for scorers that run code; may be null for the others
  // The modes that are wanted. A scorer that runs programs computes only these; the others cost nothing and give both.
  std::vector<ScoreMode> modes = {ScoreMode::kOfficial, ScoreMode::kNative};
};
Result<std::unique_ptr<Scorer>> make_scorer(const std::string& name, const std::string& options_json,
                                            const ScorerContext& context);
std::vector<std::string> scorer_names();

}  // namespace jangwon::harness
