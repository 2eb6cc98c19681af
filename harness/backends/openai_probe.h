// What a server is, asked once before the first question: its models and limits, its version,
// whether it applies the chat template, whether `n` and `seed` do anything, whether it can score a
// given text. It stands in run.json.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "harness/backends/openai_endpoint.h"
#include "harness/backends/openai_request.h"
#include "runtime/base/json_value.h"
#include "runtime/base/status.h"
#include "runtime/http/http_client.h"

namespace jangwon::harness {

struct OpenAiServer {
  JsonValue facts = JsonValue::object();  // for run.json
  std::string tokenize_url;               // empty: it has none
  std::optional<int> max_model_len;       // tokens of prompt and reply together
};

// Asked a few times a second while the server is silent or wants to be waited for; true
// ends the questions.
using StopAsking = std::function<bool()>;

// Errors: `stop` said so, no server answers, it refuses the key, it does not have the model,
// or it refuses a parameter that every request carries. Whatever else does not work is a
// fact, not an error.
Result<OpenAiServer> probe_server(HttpClient& client, const OpenAiEndpoint& endpoint,
                                  const Secret& key, const OpenAiBodyParts& parts,
                                  const StopAsking& stop);

}  // namespace jangwon::harness
