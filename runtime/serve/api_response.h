// What the engine made → the bodies of replies, whole and in pieces. Pure.

#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "runtime/base/completion.h"
#include "runtime/base/json.h"
#include "runtime/serve/served_model.h"

namespace jangwon::runtime {

struct ReplyFacts {
  std::string id;
  int64_t created = 0;
  std::string model;
  std::string fingerprint;
  std::function<std::string(int32_t)> token_bytes;  // as Engine's
};

// What a choice of a stream has to say, and did not yet.
struct ChoiceDelta {
  std::string text = {};                 // completions
  std::string reasoning = {};            // chat
  std::string answer = {};               // chat
  std::vector<ScoredToken> scored = {};  // where log-probabilities are wanted
  bool scores_prompt = false;            // an echoed prompt's log-probabilities come first …
  std::vector<ScoredToken> prompt = {};  // … from its second token on
  bool is_empty() const {
    return text.empty() && reasoning.empty() && answer.empty() && scored.empty() && !scores_prompt;
  }
};

class ReplyWriter {
 public:
  ReplyWriter(const PreparedCall& prepared, ReplyFacts facts)
      : prepared_(prepared), facts_(std::move(facts)) {}

  // `completions` in the order of the requests.
  std::string whole(const std::vector<Completion>& completions) const;

  // Chunks of a stream, as JSON. `text_offset` of a completion's log-probabilities goes on
  // from call to call.
  std::string first_chunk(int choice) const;  // of chat: the role
  std::string chunk(int choice, const ChoiceDelta& delta, size_t& text_offset) const;
  std::string last_chunk(int choice, const Completion& completion) const;
  std::string usage_chunk(const std::vector<Completion>& completions) const;

 private:
  bool is_chat() const { return prepared_.call.api == Api::kChat; }
  Json envelope(const char* object) const;
  Json chunk_of(Json choice) const;
  Json whole_choice(int choice, const Completion& completion) const;
  Json usage(const std::vector<Completion>& completions) const;
  Json chat_logprobs(const std::vector<ScoredToken>& scored) const;
  Json text_logprobs(const std::vector<ScoredToken>& scored, size_t& text_offset) const;
  void add_text_logprobs(Json& logprobs, const std::vector<ScoredToken>& scored,
                         size_t& text_offset) const;
  Json echoed_logprobs(int choice, const std::vector<ScoredToken>& prompt,
                       const std::vector<ScoredToken>& scored, size_t& text_offset) const;
  const PreparedPrompt& prompt_of(int choice) const;

  const PreparedCall& prepared_;
  ReplyFacts facts_;
};

// "stop" or "length". REQUIRES: the completion is no error.
const char* finish_word(FinishReason reason);

}  // namespace jangwon::runtime
