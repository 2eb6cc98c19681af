// Scorer: completion + target → Score, in each mode. Pure, but for code, which runs in the sandbox.
//
// To add one: a file with a class, and an entry in all_scorers.cc that says everything about it; a
// table test. Nothing else knows a scorer by its name: what depends on one asks its entry.

#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/record/score.h"
#include "harness/scorers/scorer_options.h"
#include "runtime/base/status.h"

namespace jangwon::datasets {
struct Sample;
}

namespace jangwon::harness {

class SandboxPool;

// Prompt and extractor are a pair: a completion runs on into invented questions, a chat reply
// corrects itself.
enum class PromptKind { kUnknown, kChat, kCompletion };

// What a scorer may read of a reply.
struct ScorerInput {
  const datasets::Sample* sample = nullptr;
  std::string_view text;  // the whole reply, thinking included
  // the reply after the thinking was removed by the model's own markers
  std::string_view answer_text;
  // from a row's answer column: nothing is to be extracted
  std::optional<std::string_view> given_answer;
  // of a log-probability request: one sum an option, in nats
  std::span<const double> continuation_logprobs;
  PromptKind prompt_kind = PromptKind::kUnknown;
  bool truncated = false;  // the token limit ended the reply
  bool reasoning_terminated = true;
};

class Scorer {
 public:
  virtual ~Scorer() = default;
  // One score a mode, official first; see ScorerContext::modes. Never fails: what cannot be judged
  // is a verdict of ours with an explanation.
  virtual std::vector<Score> score(const ScorerInput& input) const = 0;
};

struct ScorerContext {
  SandboxPool* sandbox = nullptr;  // for scorers that run code; may be null for the others
  // The modes that are wanted. A scorer that runs programs computes only these; the others cost
  // nothing and give both.
  std::vector<ScoreMode> modes = {ScoreMode::kOfficial, ScoreMode::kNative};
};

// How the key of a question stands in a row of `jangwon grade`.
struct ForeignRows {
  const char* needs;  // what a row must have, for messages
  // instead of "output": the answer itself, nothing is extracted; "": there is none
  const char* answer_column = "";
  Status (*read_key)(const nlohmann::ordered_json& row, const ScorerOptions& options,
                     datasets::Sample& sample);
};

// A second verdict beside that of a mode: the score's metadata has it as "passed_with_NAME".
struct ScoreVariant {
  const char* name;
  ScoreMode mode;
  // A line for a terminal, in the reader's language. `share` is a percentage, or says
  // that there is none.
  std::string (*line)(size_t right, size_t n, const std::string& share);
};

// Figures of a set of rows that are no mean of scores, for the summary of `jangwon grade`.
class ScorerFigures {
 public:
  virtual ~ScorerFigures() = default;
  // Rows come in the order of the file. REQUIRES: the official score comes first, and counts.
  virtual void add(const datasets::Sample& sample, const std::vector<Score>& scores) = 0;
  virtual std::string name() const = 0;  // the key of json() in the summary
  virtual nlohmann::ordered_json json() const = 0;
  virtual std::vector<std::string> lines() const = 0;  // for a terminal, in the reader's language
};

// Everything about a scorer but its judgement.
struct ScorerEntry {
  const char* name;
  const char* what;  // one line
  std::optional<AnswerKind> reads =
      std::nullopt;  // the kind of answer that it reads out of replies; absent: no extractor fits
  bool needs_sandbox = false;
  std::vector<ScorerOption> options = {};
  std::vector<ScoreVariant> variants = {};
  // absent: the text of a reply is not enough for it
  std::optional<ForeignRows> rows = std::nullopt;
  // null: it has none
  std::unique_ptr<ScorerFigures> (*make_figures)(const ScorerOptions& options) = nullptr;
  Result<std::unique_ptr<Scorer>> (*make)(const ScorerOptions& options,
                                          const ScorerContext& context);

  Result<ScorerOptions> parse_options(const nlohmann::ordered_json& given) const {
    return ScorerOptions::parse(name, given, options, reads);
  }
  // Null where it has none of that name.
  const ScorerOption* find_option(const std::string& option) const;
};

std::span<const ScorerEntry> all_scorers();

// Errors name the unknown scorer and the nearest right one.
Result<const ScorerEntry*> find_scorer(const std::string& name);

}  // namespace jangwon::harness
