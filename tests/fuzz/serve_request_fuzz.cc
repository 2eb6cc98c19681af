// Bodies of the API: whatever they hold, either an error in OpenAI's form or a call
// within the limits.

#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "runtime/base/json.h"
#include "runtime/serve/api_request.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace jangwon;
  using namespace jangwon::runtime;
  const auto check = [](const std::optional<ApiError>& error) {
    if (!error) return false;
    const Result<Json> json = parse_json(error_json(*error));
    if (!json.ok() || error->message.empty() || error->status != 400) std::abort();
    return true;
  };
  Json body;
  if (check(read_object({reinterpret_cast<const char*>(data), size}, body))) return 0;
  for (const Api api : {Api::kChat, Api::kCompletions}) {
    ApiCall call;
    if (check(read_call(api, body, call))) continue;
    if (call.num_choices < 1 || call.num_choices > 128 || call.sampling.top_k.value_or(0) < 0)
      std::abort();
    if (call.sampling.top_p && !(*call.sampling.top_p > 0 && *call.sampling.top_p <= 1))
      std::abort();
    if (api == Api::kCompletions && call.prompts.empty()) std::abort();
  }
  Json messages, arguments;
  if (!check(read_chat_words(body, messages, arguments)) &&
      (!messages.is_array() || messages.empty()))
    std::abort();
  return 0;
}
