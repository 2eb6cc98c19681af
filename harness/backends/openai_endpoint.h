// What stands behind `--model openai:…`: which server, which model, and how it is spoken to.
//
//   openai:URL#MODEL                         URL usually ends in /v1
//   openai:URL#MODEL?api=completions&n=4     options as in the table of harness/backends/README.md
//   openai:FILE.yaml                         the same options as a file, with url and model

#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "runtime/base/json_value.h"
#include "runtime/base/status.h"
#include "runtime/base/thinking_markers.h"
#include "runtime/http/http_client.h"
#include "runtime/http/retry.h"
#include "runtime/http/secret.h"

namespace jangwon::harness {

enum class OpenAiApi {
  kAuto,  // chats to /chat/completions, bare prompts to /completions
  // everything to /completions; chats are turned into tokens by the server's /tokenize
  kCompletions,
};

enum class OpenAiDelivery { kStream, kWhole };
// of /completions; ids come from the server's /tokenize
enum class OpenAiPrompt { kText, kTokenIds };
enum class OpenAiProbe { kFull, kOff };

struct OpenAiEndpoint {
  std::string url;    // without a slash at its end
  std::string model;  // as the server calls it
  std::string name;   // in records and tables

  OpenAiApi api = OpenAiApi::kAuto;
  OpenAiDelivery delivery = OpenAiDelivery::kStream;
  OpenAiPrompt prompt = OpenAiPrompt::kText;
  OpenAiProbe probe = OpenAiProbe::kFull;
  int max_choices = 1;        // replies asked for in one request (`n`)
  int max_concurrency = 128;  // requests in flight, the ceiling of the adaptive limit
  // An object, merged into every request; null leaves a field out. Keys inside of it and of
  // the headers are withheld (runtime/http/secret.h): what is written down and shown holds
  // marks in their place.
  JsonValue extra_body = JsonValue::object();
  JsonValue headers = JsonValue::object();        // of texts, sent with every request
  std::vector<ThinkingMarkers> thinking_markers;  // of this model
  std::string max_tokens_field = "max_tokens";
  std::string key_variable = "OPENAI_API_KEY";
  std::string key_file;  // stands above key_variable
  std::string ca_file;
  std::chrono::milliseconds patience{900000};  // without progress of a reply; keep-alives are none
  uint64_t max_reply_bytes = uint64_t{64} << 20;
  RetryPolicy retry;
};

bool is_openai_word(const std::string& model);  // begins with "openai:"

// Errors name the option and never repeat the URL: it may hold a key.
Result<OpenAiEndpoint> parse_openai_word(const std::string& model);

// The key that the endpoint names; empty where there is none. Whatever is withheld in its settings
// is taken out of texts as the key itself is. Error: as for the key, or one that is withheld and
// not known to this process.
Result<Secret> read_key(const OpenAiEndpoint& endpoint);

// Sampling values that extra_body leaves out, by the names of SamplingParams.
std::vector<std::string> left_out_sampling(const OpenAiEndpoint& endpoint);

// Gives the request the endpoint's key and headers. REQUIRES: read_key succeeded.
void add_credentials(const OpenAiEndpoint& endpoint, const Secret& key, HttpRequest& request);

}  // namespace jangwon::harness
