// Request → the body of an HTTP request, field by field. What is not said here is not said at all:
// a server's own defaults apply to it, and README.md names those fields.

#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "harness/backends/openai_endpoint.h"
#include "harness/record/request.h"
#include "runtime/base/json_value.h"
#include "runtime/base/status.h"

namespace jangwon::harness {

// What the server is. Ours takes what others have no field for: the whole seed, and a limit of
// tokens that may be larger than what is left of the context. So a run through it is the run of the
// engine behind it.
enum class OpenAiPeer { kAny, kJangwon };

struct OpenAiBodyParts {
  // an object, sent as chat_template_kwargs where it is not empty
  JsonValue chat_template_arguments = JsonValue::object();
  OpenAiPeer peer = OpenAiPeer::kAny;
};

// A generation of `num_choices` replies. Chats go to /chat/completions; a request with token ids,
// or a bare prompt, to /completions (uses_chat_api says which).
std::string generation_body(const OpenAiEndpoint& endpoint, const OpenAiBodyParts& parts,
                            const Request& request, const std::vector<int32_t>& prompt_ids,
                            int num_choices);
bool uses_chat_api(const OpenAiEndpoint& endpoint, const Request& request);

// The log-probabilities of a prompt: echo, logprobs, one token generated (servers refuse none)
// and cut off later.
std::string scoring_body(const OpenAiEndpoint& endpoint, const std::string& text,
                         const std::vector<int32_t>& ids);

// vLLM's and SGLang's /tokenize. A chat is rendered by the server's template.
std::string tokenize_chat_body(const OpenAiEndpoint& endpoint, const OpenAiBodyParts& parts,
                               const std::vector<ChatMessage>& messages);
enum class SpecialTokens { kAdd, kLeaveOut };
std::string tokenize_text_body(const OpenAiEndpoint& endpoint, const std::string& text,
                               SpecialTokens special);
Result<std::vector<int32_t>> parse_tokenize_reply(const std::string& body);

// The 31 low bits of a sample's seed: servers take seeds of 32 or 64 bits, signed or not, and
// this fits them all.
int64_t wire_seed(uint64_t seed);

}  // namespace jangwon::harness
