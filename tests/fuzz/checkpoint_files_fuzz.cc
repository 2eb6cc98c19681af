#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "runtime/base/check.h"
#include "runtime/chat_template/chat_template.h"
#include "runtime/engine/generation_config.h"
#include "runtime/model/model_config.h"
#include "tests/fuzz/fuzz_folder.h"

// The small files beside a checkpoint's weights: generation_config.json and tokenizer_config.json
// with a chat template.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace jangwon;
  using namespace jangwon::runtime;
  static const FuzzFolder folder;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  folder.write("generation_config.json", text);
  folder.write("tokenizer_config.json", text);
  ModelConfig config;
  config.vocab_size = 1000;
  const Result<GenerationConfig> generation = read_generation_config(folder.path(), config);
  if (generation.ok()) {
    for (const int32_t id : generation->eos_token_ids)
      JANGWON_CHECK(id >= 0 && id < config.vocab_size);
    JANGWON_CHECK(generation->sampling->is_object());
  } else {
    JANGWON_CHECK(!generation.status().message().empty());
  }
  const Result<ChatTemplate> chat = ChatTemplate::load(folder.path());
  if (!chat.ok()) {
    JANGWON_CHECK(!chat.status().message().empty());
    return 0;
  }
  const Json messages = {{{"role", "user"}, {"content", "안녕"}}};
  static_cast<void>(chat->render(messages, Json::object()).ok());
  return 0;
}
