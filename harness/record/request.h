// Request: what one sample asks of a model. The key of everything that follows is (model, task,
// sample_id, repeat).

#pragma once

#include <string>
#include <vector>

#include "runtime/base/completion.h"

namespace jangwon::harness {

enum class RequestKind { kGenerate, kLoglikelihood };

struct ChatMessage {
  std::string role;  // system, user or assistant
  std::string content;
};

// Which sampling values somebody set. A server is told these alone: for the others its own defaults
// hold, which are often the model's recommended values.
struct SetSampling {
  bool temperature = false;
  bool top_p = false;
  bool top_k = false;
  bool min_p = false;
  bool repetition_penalty = false;
  bool presence_penalty = false;
  bool max_tokens = false;
};

struct Request {
  std::string model;
  std::string task;
  std::string sample_id;
  int repeat = 0;
  RequestKind kind = RequestKind::kGenerate;
  std::vector<ChatMessage> messages;       // a chat; exactly one of messages and raw_prompt is used
  std::string raw_prompt;                  // a completion prompt, sent without a chat template
  std::vector<std::string> continuations;  // for kLoglikelihood
  SamplingParams sampling;
  SetSampling set_sampling;

  // Filled by Backend::prepare: what the model really reads.
  std::string prompt_text;
  std::vector<int32_t> prompt_token_ids;
  std::string prompt_sha256;  // of prompt_text
  int num_fewshot = 0;        // shots in the prompt
};

}  // namespace jangwon::harness
