// Feeds the engine: enough requests in flight to fill its batch, every completion handed on as it
// comes. The engine is driven by one thread; what it returns for a request does not depend on what
// else is in flight.

#include "harness/backends/embedded_backend.h"

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "harness/backends/load_meter.h"
#include "runtime/base/folder_name.h"
#include "runtime/base/json.h"
#include "runtime/base/sha256.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/engine_preview.h"

namespace jangwon::harness {

namespace {

using runtime::Engine;
using runtime::EngineOptions;
using runtime::EngineRequest;
using runtime::RequestId;

// What the model reads, by whatever has its tokenizer and its template: an engine, or
// their files alone.
template <typename Text>
Status fill_prompt(const Text& text, const Json& template_arguments, Request& request) {
  if (request.messages.empty()) {
    request.prompt_text = request.raw_prompt;
    JANGWON_ASSIGN_OR_RETURN(request.prompt_token_ids,
                             text.encode(request.raw_prompt, runtime::SpecialTokens::kNone));
  } else {
    Json messages = Json::array();
    for (const ChatMessage& message : request.messages)
      messages.push_back({{"role", message.role}, {"content", message.content}});
    JANGWON_ASSIGN_OR_RETURN(runtime::RenderedPrompt prompt,
                             text.render(messages, template_arguments));
    request.prompt_text = std::move(prompt.text);
    request.prompt_token_ids = std::move(prompt.token_ids);
  }
  request.prompt_sha256 = sha256_hex(request.prompt_text);
  return ok_status();
}

class TokenizerPrompts : public PromptSide {
 public:
  TokenizerPrompts(std::unique_ptr<runtime::EngineText> text, Json template_arguments,
                   BackendInfo info)
      : text_(std::move(text)),
        template_arguments_(std::move(template_arguments)),
        info_(std::move(info)) {}

  const BackendInfo& info() const override { return info_; }
  Status prepare(Request& request) const override {
    return fill_prompt(*text_, template_arguments_, request);
  }

 private:
  std::unique_ptr<runtime::EngineText> text_;
  Json template_arguments_;
  BackendInfo info_;
};

class EmbeddedBackend : public Backend {
 public:
  EmbeddedBackend(std::unique_ptr<Engine> engine, Json template_arguments, BackendInfo info)
      : engine_(std::move(engine)),
        template_arguments_(std::move(template_arguments)),
        info_(std::move(info)) {}

  const BackendInfo& info() const override { return info_; }

  Status prepare(Request& request) const override {
    return fill_prompt(*engine_, template_arguments_, request);
  }

  Status serve(const Source& source, const Sink& sink, const std::function<bool()>& stop) override {
    std::map<RequestId, Request> in_flight;
    bool exhausted = false;
    while (!stop()) {
      while (!exhausted && engine_->wants_requests()) {
        std::optional<Request> request = source();
        if (!request) {
          exhausted = true;
          break;
        }
        JANGWON_ASSIGN_OR_RETURN(EngineRequest engine_request, engine_request_of(*request));
        in_flight.emplace(engine_->submit(std::move(engine_request)), std::move(*request));
      }
      if (in_flight.empty()) return ok_status();
      // A request that cannot run at all is completed by submit() already, and step() needs work.
      if (engine_->has_work()) engine_->step();
      for (auto& [id, completion] : engine_->take_completed()) {
        const auto found = in_flight.find(id);
        JANGWON_CHECK(found != in_flight.end());
        sink(found->second, std::move(completion));
        in_flight.erase(found);
      }
    }
    for (const auto& [id, request] : in_flight)
      engine_->cancel(id);
    return ok_status();
  }

  JsonValue speculation() const override { return engine_->facts().value(kSpeculation, Json()); }

 private:
  static constexpr const char* kSpeculation = "speculation";

  Result<EngineRequest> engine_request_of(const Request& request) const {
    EngineRequest engine_request;
    engine_request.prompt_token_ids = request.prompt_token_ids;
    engine_request.sampling = request.sampling;
    for (const std::string& continuation : request.continuations) {
      JANGWON_ASSIGN_OR_RETURN(std::vector<int32_t> ids, engine_->encode(continuation));
      engine_request.continuations.push_back(std::move(ids));
    }
    return engine_request;
  }

  std::unique_ptr<Engine> engine_;
  Json template_arguments_;
  BackendInfo info_;
};

}  // namespace

ModelIdentity identify_embedded_model(const std::string& folder) {
  std::error_code error;
  return {name_of_model_folder(folder),
          std::filesystem::exists(std::filesystem::path(folder) / "stand_in.json", error)};
}

namespace {

EngineOptions engine_options_of(const BackendOptions& options) {
  EngineOptions engine_options;
  engine_options.num_threads = options.num_threads;
  engine_options.thinking_markers = options.thinking_markers;
  engine_options.numerics = options.numerics;
  engine_options.kv_cache_dtype = options.kv_cache_dtype;
  engine_options.weights = options.weights;
  engine_options.device = options.device;
  if (options.max_batch_size > 0) engine_options.max_batch_size = options.max_batch_size;
  engine_options.num_drafts = options.num_drafts;
  if (options.asked == Asked::kScores)
    engine_options.layer_major = runtime::LayerMajor::kWhereNeeded;
  if (options.asked == Asked::kScoresByLayer)
    engine_options.layer_major = runtime::LayerMajor::kAlways;
  return engine_options;
}

}  // namespace

Result<std::unique_ptr<Backend>> make_embedded_backend(const std::string& folder,
                                                       const BackendOptions& options) {
  EngineOptions engine_options = engine_options_of(options);
  engine_options.on_load = make_load_meter(options.progress);
  JANGWON_ASSIGN_OR_RETURN(std::unique_ptr<Engine> engine, Engine::load(folder, engine_options));
  BackendInfo info;
  info.model = options.name.empty() ? engine->name() : options.name;
  info.kind = "embedded";
  info.stand_in = identify_embedded_model(folder).stand_in;
  Json settings = engine->facts();
  settings["template_arguments"] = *options.template_arguments;
  info.settings = std::move(settings);
  info.sampling = engine->sampling_defaults();
  info.max_context_tokens = engine->max_context_tokens();
  info.memory_plan = engine->memory_plan();
  return std::unique_ptr<Backend>(
      new EmbeddedBackend(std::move(engine), *options.template_arguments, std::move(info)));
}

Result<ModelPreview> preview_embedded_model(const std::string& folder,
                                            const BackendOptions& options) {
  JANGWON_ASSIGN_OR_RETURN(runtime::EnginePreview engine,
                           runtime::preview_engine(folder, engine_options_of(options)));
  if (!engine.text)
    return not_found("{dir} has no tokenizer.json; only token ids can be used with it",
                     {{"dir", folder}});
  BackendInfo info;
  info.model = options.name.empty() ? engine.name : options.name;
  info.kind = "embedded";
  info.stand_in = identify_embedded_model(folder).stand_in;
  info.sampling = engine.sampling;
  info.max_context_tokens = engine.plan.max_context_tokens;
  info.memory_plan = to_json(engine.plan);
  return ModelPreview{std::make_unique<TokenizerPrompts>(
                          std::move(engine.text), *options.template_arguments, std::move(info)),
                      engine.fits};
}

Result<std::unique_ptr<PromptSide>> make_tokenizer_prompts(const std::string& folder,
                                                           const BackendOptions& options,
                                                           BackendInfo info) {
  JANGWON_ASSIGN_OR_RETURN(std::unique_ptr<runtime::EngineText> text,
                           runtime::EngineText::load(folder, {}));
  if (!text)
    return not_found("--tokenizer: the folder {folder} has no tokenizer.json",
                     {{"folder", folder}});
  return std::unique_ptr<PromptSide>(
      new TokenizerPrompts(std::move(text), *options.template_arguments, std::move(info)));
}

}  // namespace jangwon::harness
