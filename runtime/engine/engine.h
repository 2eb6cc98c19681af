// The front door of the embedded engine: load a model, submit requests, step, collect completions.
// The only header of runtime/ that the harness includes beside runtime/base.
//
//   auto engine = Engine::load(dir, {});
//   RequestId id = engine->submit({.prompt_token_ids = ids, .sampling = params});
//   while (engine->has_work())
//     engine->step();
//   for (auto& [id, completion] : engine->take_completed()) ...
//
// Requests may be submitted between any two steps. One that cannot run at all (a fault, no room in
// the context) is completed by submit() already: has_work() may then be false while
// take_completed() has something.
//
// Batch invariance: the tokens and log-probabilities of a request are the same bits whatever
// else is running, whatever the thread count, the step size, the state of the prefix cache and
// the instruction set. Not thread-safe: one thread drives an engine; it spreads a step's work
// over its own pool.

#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/ceilings.h"
#include "runtime/base/completion.h"
#include "runtime/base/json.h"
#include "runtime/base/status.h"
#include "runtime/engine/engine_options.h"

namespace jangwon::runtime {

struct ModelConfig;

enum class EndOfSequence { kObey, kIgnore };

// Generates a reply, or, where `continuations` is not empty, computes the log-probability of each
// continuation after the prompt. Ids outside the vocabulary make the request fail
// (FinishReason::kError). What is only by wish costs nothing where nobody wishes it.
struct EngineRequest {
  std::vector<int32_t> prompt_token_ids = {};
  SamplingParams sampling = {};
  std::vector<std::vector<int32_t>> continuations = {};
  EndOfSequence end_of_sequence = EndOfSequence::kObey;

  // By wish.
  // take_events() tells of every token of the reply
  bool want_events = false;
  // log-probabilities of the reply, or of the continuations …
  std::optional<int> num_top_logprobs = {};
  // … and of the prompt, each with so many most probable tokens
  std::optional<int> num_top_prompt_logprobs = {};
};

using RequestId = uint64_t;

// One more token of a reply.
struct TokenEvent {
  RequestId request = 0;
  int32_t token_id = 0;
  // What became final: the texts of all events together are the completion's text. Bytes that may
  // begin a stop string or end within a character are held back until that is decided.
  std::string text;
  // Of thinking and answer what can be told apart by now: all events together hold the completion's
  // reasoning and its answer_text, but for the replies that reasoning_stream.h names.
  std::string reasoning;
  std::string answer;
  std::optional<ScoredToken> scored;  // where the request asked for log-probabilities
};

// What the engine is busy with, between two steps.
struct EngineLoad {
  int num_waiting = 0;  // sequences that wait for their place in a batch
  int num_running = 0;
  int num_used_blocks = 0;  // of the cache, all groups of layers together
  int num_blocks = 0;
};

enum class SpecialText { kLeftOut, kWrittenOut };  // of special tokens, when ids become text
// what the tokenizer puts around a text by itself, such as BOS
enum class SpecialTokens { kNone, kAdd };

struct RenderedPrompt {
  std::string text;
  std::vector<int32_t> token_ids;
};

class Engine {
 public:
  // `dir` is a Hugging Face folder: config.json, *.safetensors (or shards with an index),
  // generation_config.json, tokenizer.json, chat_template.jinja or the template in
  // tokenizer_config.json. A folder without a tokenizer loads too; then render, encode, decode and
  // stop strings are errors and completions carry token ids only.
  static Result<std::unique_ptr<Engine>> load(const std::string& dir,
                                              const EngineOptions& options = {});
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // --- what was loaded --------------------------------------------------------------------------
  const ModelConfig& config() const;
  const std::string& name() const;  // the last component of the folder's path
  int max_context_tokens() const;

  // Frozen facts for run.json: hashes of config, tokenizer, template and weights, dtype,
  // instruction set, threads.
  Json facts() const;

  // How its memory is divided: to_json of memory_plan.h.
  Json memory_plan() const;

  // What this engine's threads could do at most; takes a second.
  Ceilings measure_ceilings() const;
  // Of the steps between, loaded with TimeOperators::kYes: what each operator took, what it costs
  // on paper, and what that comes to on an H100 and an H200 (runtime/ops/op_cost.h).
  void begin_operator_times();
  Json end_operator_times();

  // The model's recommended sampling: those of temperature, top_p, top_k, min_p,
  // repetition_penalty, presence_penalty and max_new_tokens that generation_config.json sets.
  // do_sample false gives temperature 0.
  Json sampling_defaults() const;

  // --- text -------------------------------------------------------------------------------------
  bool has_text() const;
  // The named special tokens as text, and the source of the chat template: {"eos_token", …,
  // "chat_template"}.
  Json text_description() const;
  // These may be called from any thread, also during a step. `messages`: an array of {"role",
  // "content", …}; `template_arguments`: further variables of the chat template (enable_thinking,
  // reasoning_effort, tools, …), a JSON object.
  Result<RenderedPrompt> render(const Json& messages, const Json& template_arguments) const;
  // Special tokens in the text become their ids.
  Result<std::vector<int32_t>> encode(const std::string& text,
                                      SpecialTokens special = SpecialTokens::kNone) const;
  Result<std::string> decode(const std::vector<int32_t>& token_ids,
                             SpecialText special = SpecialText::kLeftOut) const;
  // The bytes that one id stands for, special tokens included; they need be no whole characters.
  // Empty without text.
  std::string token_bytes(int32_t id) const;

  // --- requests ---------------------------------------------------------------------------------
  RequestId submit(EngineRequest request);
  void cancel(RequestId id);  // no completion will come; unknown or finished ids are ignored
  bool has_work() const;      // something is waiting or running
  int num_in_flight() const;  // requests submitted and not yet completed
  // Another request would be run beside those in flight, or soon after them: who has more
  // should submit them.
  bool wants_requests() const;
  EngineLoad load() const;
  void step();  // one forward pass over the next batch; REQUIRES has_work()
  std::vector<std::pair<RequestId, Completion>> take_completed();
  // since the last call, in the order in which the tokens were made
  std::vector<TokenEvent> take_events();

 private:
  Engine();
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace jangwon::runtime
