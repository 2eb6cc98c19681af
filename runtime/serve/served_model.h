// The model behind the API: what a call asks for → requests of the engine, with the values and the
// prompts that an evaluation of the same model would use.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/json_value.h"
#include "runtime/engine/engine.h"
#include "runtime/serve/api_error.h"
#include "runtime/serve/api_request.h"

namespace jangwon::runtime {

struct PreparedPrompt {
  std::vector<int32_t> token_ids = {};
  std::string text = {};  // where the call echoes it
};

struct PreparedCall {
  ApiCall call = {};
  std::vector<PreparedPrompt> prompts = {};
  // num_choices of the first prompt, then of the second …
  std::vector<EngineRequest> requests = {};
};

class ServedModel {
 public:
  // `template_arguments`: variables of the chat template for every call, an object; a call's
  // own stand above them. `make_seed` is asked for the seed of a call that names none. The engine
  // outlives the model.
  ServedModel(const Engine& engine, std::string name, JsonValue template_arguments,
              std::function<uint64_t()> make_seed);

  const std::string& name() const { return name_; }
  const Engine& engine() const { return engine_; }
  int64_t created() const { return created_; }  // seconds since 1970: when it was loaded
  const std::string& fingerprint() const { return fingerprint_; }

  // From here on everything may be called from any thread.
  std::optional<ApiError> prepare(Api api, std::string_view body, PreparedCall& prepared) const;
  std::optional<ApiError> tokenize(std::string_view body, std::string& reply) const;
  std::optional<ApiError> detokenize(std::string_view body, std::string& reply) const;
  std::string models_json() const;  // of GET /v1/models
  std::string model_json() const;
  std::string tokenizer_json() const;  // of GET /tokenizer_info

 private:
  std::optional<ApiError> check_name(const std::string& name) const;
  // Of /tokenize and /detokenize: nothing beside `known`, and this model where one is named.
  std::optional<ApiError> check_text_call(const Json& body,
                                          std::initializer_list<std::string_view> known) const;
  std::optional<ApiError> check_ids(const std::vector<int32_t>& ids,
                                    const std::string& param) const;
  std::optional<ApiError> render(const Json& body, std::vector<int32_t>& ids) const;
  std::optional<ApiError> encode(const std::string& text, bool adds_special_tokens,
                                 const std::string& param, std::vector<int32_t>& ids) const;
  std::optional<ApiError> prepare_prompts(const Json& body, PreparedCall& prepared) const;
  std::optional<ApiError> find_limit(const ApiCall& call, size_t num_prompt_tokens,
                                     int& max_tokens) const;
  Json model_entry() const;

  const Engine& engine_;
  std::string name_;
  JsonValue template_arguments_;
  std::function<uint64_t()> make_seed_;
  int64_t created_ = 0;
  std::string fingerprint_;
  AskedSampling defaults_;  // of generation_config.json
};

}  // namespace jangwon::runtime
