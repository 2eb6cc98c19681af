// Backend: where completions come from. Two things can be asked of every backend: generate, or the
// log-probability of given continuations.
//
// A backend pulls requests from a source as it has room and hands every completion to a sink; it
// decides concurrency, the run loop decides everything else. Completions may come in any order and
// from any thread, one sink call at a time.

#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "harness/record/request.h"
#include "runtime/base/completion.h"
#include "runtime/base/json_value.h"
#include "runtime/base/status.h"
#include "runtime/base/thinking_markers.h"

namespace jangwon::harness {

struct BackendInfo {
  std::string model;      // the name that stands in records and tables
  std::string kind;       // embedded, openai, replay
  bool stand_in = false;  // a bundled stand-in: everything shown for it says so
  // frozen facts for run.json, an object: paths' hashes, dtype, device, limits
  JsonValue settings = JsonValue::object();
  JsonValue sampling;  // that the model's own generation_config.json recommends; null: nothing

  // Who decides a sampling value that neither flag nor task nor the model's own file sets.
  enum class Unset { kEngine, kServer, kRecording };
  Unset unset_sampling = Unset::kEngine;
  // names of values that are not sent, whoever sets them
  std::vector<std::string> left_out_sampling;
  JsonValue recorded_sampling;  // by task, what the run.json of a recorded run says of it, or null
  std::vector<ThinkingMarkers> thinking_markers;  // of this model alone

  // What an estimate of the run says of it.
  int max_context_tokens = 0;  // of prompt and reply together; 0: not known
  // of the embedded engine: to_json of runtime/engine/memory_plan.h; else null
  JsonValue memory_plan;
};

// A model before anything is asked: what it is, and how it reads a question.
class PromptSide {
 public:
  virtual ~PromptSide() = default;
  virtual const BackendInfo& info() const = 0;

  // Fills prompt_text, prompt_sha256 and, where the tokenizer is here, prompt_token_ids. A prompt
  // that cannot be rendered is an error of the run.
  virtual Status prepare(Request& request) const = 0;
};

class Backend : public PromptSide {
 public:
  using Source = std::function<std::optional<Request>()>;        // nullopt: no more
  using Sink = std::function<void(const Request&, Completion)>;  // exactly once a request

  // Serves until the source is empty. A request that failed for good comes back with
  // FinishReason::kError; a Status is returned only when the backend as a whole cannot go
  // on. `stop` asks for an early end: requests in flight may be dropped and are then not
  // handed to the sink.
  virtual Status serve(const Source& source, const Sink& sink,
                       const std::function<bool()>& stop) = 0;

  // After serve(): what came of drafts, as in info().settings, or null where there were none.
  virtual JsonValue speculation() const { return {}; }
};

}  // namespace jangwon::harness
