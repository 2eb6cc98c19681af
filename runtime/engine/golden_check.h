// Compares a model with a golden file: what another implementation computed with the same weights.
//
// The file is safetensors (layout in tests/golden/models/README.md): cases with ids and logits,
// greedy continuations, log-probabilities of choices, hidden states of some cases, and drafts where
// the model has a module for them.

#pragma once

#include <string>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/engine/model_runner.h"

namespace jangwon::runtime {

struct GoldenCase {
  std::string name;
  int num_tokens = 0;
  double max_abs_dlogp = 0.0;    // over positions and vocabulary, of log-softmax
  double max_abs_dhidden = 0.0;  // over layers; 0 where the file has no hidden states
  int num_hidden_layers = 0;     // compared
};

struct GoldenReport {
  std::vector<GoldenCase> cases;
  double max_abs_dlogp = 0.0;
  double max_abs_dhidden = 0.0;
  int greedy_equal = 0;  // tokens up to the first difference of each continuation
  int greedy_total = 0;
  double choice_max_abs = 0.0;
  int num_choices = 0;
  double draft_max_abs_dlogp = 0.0;  // of the draft module, where the file has cases of it
  int draft_equal = 0;               // tokens of chains of drafts
  int draft_total = 0;
  int num_draft_cases = 0;
  std::string logits_sha256;  // of our logits of all cases, fp32, in the order of the cases' names

  // Everything within the tolerance, every greedy token equal.
  bool model_agrees(double tolerance) const;
  bool drafts_agree(double tolerance) const;
  bool passed(double tolerance) const { return model_agrees(tolerance) && drafts_agree(tolerance); }
};

// `golden_path` may be a pipe. An incomplete or malformed file is an error; disagreement is data.
Result<GoldenReport> check_golden(ModelRunner& runner, const std::string& golden_path);

}  // namespace jangwon::runtime
