// The text side of the engine: prompts to ids, ids to replies.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/base/completion.h"
#include "runtime/base/json.h"
#include "runtime/base/status.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/reasoning.h"
#include "runtime/engine/reasoning_stream.h"

namespace jangwon::runtime {

// Text of one reply as it grows, without special tokens.
class ReplyText {
 public:
  virtual ~ReplyText() = default;
  virtual std::string push(int32_t id) = 0;  // what became final
};

// Thinking and answer of one reply as it grows.
class ReplySplitter {
 public:
  virtual ~ReplySplitter() = default;
  virtual void push(int32_t id) = 0;
  virtual ReplyParts take(std::string_view text) = 0;  // as ReasoningStream
  virtual ReplyParts take_rest(std::string_view text, const Completion& completion) const = 0;
};

class EngineText {
 public:
  // Null where the folder has no tokenizer.json. A folder without a chat template loads; render
  // is then an error.
  static Result<std::unique_ptr<EngineText>> load(const std::string& dir,
                                                  const ReasoningMarkers& markers);
  virtual ~EngineText() = default;

  virtual Result<RenderedPrompt> render(const Json& messages, const Json& arguments) const = 0;
  virtual Result<std::vector<int32_t>> encode(const std::string& text,
                                              SpecialTokens special) const = 0;
  virtual std::string decode(const std::vector<int32_t>& ids, SpecialText special) const = 0;
  virtual std::string token_bytes(int32_t id) const = 0;
  virtual std::unique_ptr<ReplyText> begin_reply() const = 0;
  virtual std::unique_ptr<ReplySplitter> begin_split(
      const std::vector<int32_t>& prompt_ids) const = 0;

  // Fills text, reasoning, answer_text, reasoning_terminated and num_reasoning_tokens from the
  // reply's ids (without the id that ended it). `text_bytes`: the reply's text ends there,
  // before a stop string.
  virtual void fill_text(const std::vector<int32_t>& prompt_ids,
                         const std::vector<int32_t>& reply_ids, size_t text_bytes,
                         Completion& completion) const = 0;

  // For run.json: {"tokenizer_sha256", "chat_template_sha256"}.
  virtual Json facts() const = 0;
  virtual int vocab_size() const = 0;
  // The named special tokens as text, and the source of the chat template: {"eos_token", …,
  // "chat_template"}.
  virtual Json description() const = 0;
};

}  // namespace jangwon::runtime
