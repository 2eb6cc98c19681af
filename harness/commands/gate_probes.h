// The two tiers of a gate that need more than records: L0 grades stored replies again, L1 asks the
// model for log-probabilities again. Here because only the composition root may know scorers,
// backends and verdicts at once.
//
//   L0 row  {"task", "id", "output" or "code", "target", …, "verdict", "answer"}: a row of `jangwon
//           grade` and its grade
//   L1 row  {"id", "prompt", "continuations": […], "logprobs": […], "num_tokens": […]}: sums in
//           nats, of each continuation

#pragma once

#include <string>

#include "reports/gate/gate_run.h"

namespace jangwon::harness {

struct ProbeOptions {
  int num_threads = 0;
  std::string include_path;  // a folder of further tasks
  bool allow_unsandboxed = false;
};

// `corpus` is a run folder, a file of rows, or a pattern such as tests/replay/*.jsonl.
Result<reports::ReplayOutcome> replay_corpus(const std::string& corpus,
                                             const ProbeOptions& options);

// `model` is anything that `jangwon run --model` takes.
Result<reports::ParityOutcome> measure_parity(const std::string& model,
                                              const std::string& prompts_file,
                                              const ProbeOptions& options);

// The rows with what this build gives written into them, one JSON object a line.
Result<std::string> record_replay(const std::string& task, const std::string& file,
                                  const ProbeOptions& options);
Result<std::string> record_parity(const std::string& model, const std::string& prompts_file,
                                  const ProbeOptions& options);

}  // namespace jangwon::harness
