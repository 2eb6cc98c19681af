// The rows of the files behind a gate's L0 and L1 checks; their layout stands in gate_probes.h.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"

namespace jangwon::harness {

// What a row for L0 says of itself. The reply and its question are read by parse_grade_row().
struct ReplayRow {
  std::string task;
  std::string id;
  std::string verdict;  // as it was recorded
  std::string answer;   // empty: none
};

Result<ReplayRow> parse_replay_row(std::string_view line);

enum class ParityLogprobs { kRecorded, kNotYet };

struct ParityRow {
  std::string id;
  std::string prompt;
  std::vector<std::string> continuations;  // at least one
  std::vector<double> recorded;            // one a continuation, where they are recorded
  std::string json;                        // the whole row
  std::vector<double> now;                 // what the model gives
  std::vector<int> num_tokens;
};

// Errors: a key is missing or of another type; other logprobs than continuations.
Result<ParityRow> parse_parity_row(std::string_view line, ParityLogprobs logprobs);

}  // namespace jangwon::harness
