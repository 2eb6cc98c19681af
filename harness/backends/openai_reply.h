// Replies of an OpenAI-compatible server, whole or in pieces, and its errors. Foreign bytes:
// whatever comes, reading it ends with a value or a Status. Fuzzed by
// tests/fuzz/openai_reply_fuzz.cc.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/completion.h"
#include "runtime/base/status.h"
#include "runtime/http/event_stream.h"
#include "runtime/http/http_client.h"
#include "runtime/http/retry.h"

namespace jangwon::harness {

// What was said in one place of a reply. Its bytes are put together as they came and are mended at
// the end, because a character may be cut in two.
struct OpenAiSpeech {
  std::string text;
  std::string reasoning;
  std::string refusal;
};

// The messages of one choice: everything so far again in each, or one piece in each. Which of the
// two is known only when one does not begin with the one before it.
class OpenAiMessages {
 public:
  void add(const OpenAiSpeech& message);
  const OpenAiSpeech& speech() const { return repeats_ ? last_ : joined_; }

 private:
  OpenAiSpeech last_, joined_;
  bool repeats_ = true;
};

// Some servers say the same thing in several places of one choice: the places are kept apart, and
// one of them counts.
struct OpenAiChoice {
  OpenAiSpeech delta;       // the pieces of a stream
  OpenAiMessages messages;  // the whole, also where it stands beside the pieces
  // choices[].text of /completions, and of servers that put it beside a message
  std::string plain_text;
  std::string finish_reason;       // as the server says it; empty: it has said none
  std::vector<int32_t> token_ids;  // where the server was asked for them
  // of /completions with logprobs; null for the first token
  std::vector<std::optional<double>> token_logprobs;
  std::vector<int64_t> text_offsets;  // in code points, one a token

  // What counts, as valid UTF-8. The answer is the first of pieces, message, plain text and refusal
  // that says something; a plain text that only repeats the thinking says nothing.
  std::string text() const;
  std::string reasoning() const;
  size_t num_bytes() const;  // of everything, to see progress
};

struct OpenAiError {
  std::string message;  // the server's words, at most a few hundred bytes
  RetryClass retry = RetryClass::kFinal;
};

struct OpenAiReply {
  std::map<int, OpenAiChoice> choices;  // by index; they may come in any order
  std::optional<int> prompt_tokens, completion_tokens, reasoning_tokens, cached_tokens;
  std::optional<OpenAiError> error;  // sent inside a reply of status 200
  bool done = false;                 // [DONE] came
};

// Collects one reply. The form (one JSON value, or server-sent events) is told from the first
// bytes, because servers ignore `stream` in both directions.
class OpenAiReplyReader {
 public:
  // Choices with an index outside [0, num_choices) are refused.
  OpenAiReplyReader(int num_choices, size_t max_bytes);

  // Error: what came is no reply (no JSON, wrong types, too large). The reader must
  // not be fed again.
  Status feed(std::string_view bytes);
  // The end of the body. Error: as feed.
  Status finish();

  // Choices so far; `num_texts` grows with every piece of text, so that progress and keep-alives
  // can be told apart.
  const OpenAiReply& reply() const { return reply_; }
  OpenAiReply& reply() { return reply_; }
  int64_t num_pieces() const { return num_pieces_; }

 private:
  Status take_event(const ServerSentEvent& event);
  Status take_value(std::string_view text);

  enum class Form { kUnknown, kEvents, kWhole };
  int num_choices_;
  size_t max_bytes_;
  Form form_ = Form::kUnknown;
  std::string whole_;
  EventStreamParser events_;
  OpenAiReply reply_;
  int64_t num_pieces_ = 0;
};

// What a reply of another status than 200 means: {"error": {…}}, {"message": …}, {"detail":
// …}, HTML, nothing.
OpenAiError error_of(const HttpReply& reply);

// The Completion of one choice. `num_choices` > 1: token counts are sums over all and left out. A
// reply that stopped at `max_tokens` is truncated whatever the server calls it; 0: the limit is the
// server's own and not known. What the server or a filter did is an error (finish_word.h).
Completion completion_of(const OpenAiReply& reply, const OpenAiChoice& choice, int max_tokens,
                         int num_choices);

// A choice has its finish_reason, or it has none and never will.
bool is_complete(const OpenAiReply& reply, int index);

}  // namespace jangwon::harness
