// What is asked of a model and what comes back: the two value types that the engine and
// the harness share.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace jangwon {

// Field names as in Hugging Face's generation_config.json and vLLM. Temperature 0 is greedy.
struct SamplingParams {
  double temperature = 0.0;
  double top_p = 1.0;
  int top_k = 0;  // 0: all
  double min_p = 0.0;
  double repetition_penalty = 1.0;
  double presence_penalty = 0.0;
  int max_tokens = 1024;                // of the reply
  std::vector<std::string> stop;        // the reply ends before the first of them
  std::vector<int32_t> stop_token_ids;  // beside the model's own end-of-sequence ids
  // key of the whole stream: run seed, sample id and repeat, already combined
  uint64_t seed = 0;
};

enum class FinishReason {
  kStop,    // an end-of-sequence id or a stop string
  kLength,  // the token limit
  // prompt and limit do not fit the model's context; what fitted was generated, perhaps nothing
  kContext,
  kError,  // no reply: `error` says why; ours, never the model's
};

const char* name_of(FinishReason reason);

struct TokenLogprob {
  int32_t id = 0;
  double logprob = 0.0;  // ln p under the model's own distribution: temperature 1, nothing filtered
  bool operator==(const TokenLogprob&) const = default;
};

// A token that stands in a text, and what else was probable at its place.
struct ScoredToken {
  int32_t id = 0;
  double logprob = 0.0;
  // the most probable first, of equals the lower id; as many as were asked for
  std::vector<TokenLogprob> top;
  bool operator==(const ScoredToken&) const = default;
};

struct Completion {
  // the reply as the model wrote it, thinking included, special tokens left out
  std::string text;
  // the thinking, by the model's own markers; empty where there is none
  std::string reasoning;
  // what comes after the thinking; the whole text where the model does not think
  std::string answer_text;
  bool reasoning_terminated = true;  // false: thinking began and its end never came
  std::vector<int32_t> token_ids;
  // for a log-probability request, in nats, one sum a continuation
  std::vector<double> continuation_logprobs;
  std::vector<int> continuation_num_tokens;  // tokens of each continuation
  // by wish: one a reply token, or all continuations' one after the other
  std::vector<ScoredToken> logprobs;
  std::vector<ScoredToken>
      // by wish: one a prompt token from the second on; nothing predicts the first
      prompt_logprobs;
  FinishReason finish_reason = FinishReason::kStop;
  std::string server_finish_reason;  // a server's own word for it, where it is another one
  std::string error;
  int num_prompt_tokens = 0;
  int num_cached_tokens = 0;  // of the prompt, taken from the prefix cache
  // of a server that counts and sends no ids; else token_ids are the count
  int num_completion_tokens = 0;
  int num_reasoning_tokens = 0;
  int num_drafts = 0;           // tokens that were proposed and verified
  int num_accepted_drafts = 0;  // those of them that the model's own draw agreed with
  double prefill_ms = 0.0;
  double decode_ms = 0.0;
};

}  // namespace jangwon
