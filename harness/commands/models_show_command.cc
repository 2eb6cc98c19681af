// jangwon models show CONFIG: what a model is and what it needs, from its config alone.

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "harness/commands/command.h"
#include "harness/commands/help_text.h"
#include "harness/commands/setting_check.h"
#include "runtime/base/json.h"
#include "runtime/base/localized.h"
#include "runtime/base/number_text.h"
#include "runtime/base/standard_streams.h"
#include "runtime/base/thinking_markers.h"
#include "runtime/engine/engine_preview.h"
#include "runtime/engine/reasoning.h"
#include "runtime/model/architectures/model_registry.h"
#include "runtime/model/model_config.h"
#include "runtime/model/model_summary.h"

namespace jangwon::harness {
namespace {

using runtime::ModelConfig;
using runtime::ModelSummary;

struct ShowOptions {
  std::string path;
  int context = 0;
  int batch = 32;
  int speculate = 0;
  std::string numerics;
  std::string kv_cache_dtype;
  std::string weights;
  std::string device;
  std::vector<std::string> thinking_markers;
  std::vector<ThinkingMarkers> given;  // read from them
  bool json = false;
};

// Which markers of thinking apply to a checkpoint's replies, in the order in which they are asked:
// those that were given, the first of which takes the place of the architecture's own; the known
// ones serve replies made elsewhere.
struct AppliedMarkers {
  std::string origin;  // given or architecture
  std::string text;
};

std::vector<AppliedMarkers> applied_markers(const ModelConfig& config, const ShowOptions& options) {
  std::vector<AppliedMarkers> applied;
  for (const ThinkingMarkers& markers : options.given)
    applied.push_back({"given", describe(markers)});
  const runtime::ReasoningMarkers own = runtime::reasoning_markers(config.architecture->reasoning);
  if (options.given.empty()) {
    applied.push_back(
        {"architecture", own.close.empty()
                             ? "none"
                             : own.open + " … " + own.close +
                                   (own.answer_open.empty() ? "" : " … " + own.answer_open)});
  }
  return applied;
}

std::string attention_text(const ModelConfig& config) {
  const runtime::AttentionConfig& a = config.attention;
  std::string text = config.layers.front().attention == runtime::AttentionKind::kLatent
                         ? "latent (MLA), " + std::to_string(a.num_attention_heads) +
                               " heads, latent " + std::to_string(a.kv_lora_rank) + " + " +
                               std::to_string(a.qk_rope_head_dim) + " rotary"
                         : "grouped, " + std::to_string(a.num_attention_heads) + " heads over " +
                               std::to_string(a.num_key_value_heads) + " of " +
                               std::to_string(a.head_dim);
  if (a.qk_norm) text += ", norms on queries and keys";
  if (a.sinks) text += ", sinks";
  if (a.output_gate) text += ", output gate";
  if (a.index_topk > 0) text += ", " + std::to_string(a.index_topk) + " keys chosen by an indexer";
  return text;
}

// Runs of equal layers: "1 dense, 60 experts".
std::string layers_text(const ModelConfig& config) {
  int dense = 0;
  std::map<int, int> layers_of_window;
  int unrotated = 0;
  int linear = 0;
  for (const runtime::LayerConfig& layer : config.layers) {
    dense += layer.feed_forward == runtime::FeedForwardKind::kDense;
    if (layer.window > 0) ++layers_of_window[layer.window];
    unrotated += layer.rope == runtime::kNoRope;
    linear += layer.mixer == runtime::Mixer::kDeltaRule;
  }
  std::string text = std::to_string(config.num_hidden_layers) + " (" + std::to_string(dense) +
                     " dense, " + std::to_string(config.num_hidden_layers - dense) +
                     " with experts";
  for (const auto& [window, count] : layers_of_window)
    text += "; " + std::to_string(count) + " with a window of " + std::to_string(window);
  if (unrotated > 0) text += "; " + std::to_string(unrotated) + " without position embedding";
  if (linear > 0) text += "; " + std::to_string(linear) + " of linear attention";
  return text + ")";
}

std::string experts_text(const ModelConfig& config) {
  if (config.moe.num_experts == 0) return "none";
  return std::to_string(config.moe.num_experts) + " of width " +
         std::to_string(config.moe.moe_intermediate_size) + ", " +
         std::to_string(config.moe.num_experts_per_tok) + " a token, " +
         std::to_string(config.moe.num_shared_experts) + " shared";
}

Result<runtime::MemoryPlan> plan_of(ModelConfig config, const ShowOptions& options) {
  if (config.draft) config.draft->loaded = options.speculate > 0;
  return runtime::preview_plan(config, {.max_context_tokens = options.context,
                                        .kv_cache_dtype = options.kv_cache_dtype,
                                        .numerics = options.numerics,
                                        .weights = options.weights,
                                        .max_batch_size = options.batch,
                                        .kv_cache_max_bytes = int64_t{1} << 60,
                                        .num_drafts = options.speculate,
                                        .device = options.device});
}

const char* name_of_cache_dtype(const runtime::MemoryPlan& plan) {
  return plan.kv_cache_dtype == DType::kBF16 ? "bfloat16" : "float32";
}

Json draft_json(const ModelConfig& config, const ModelSummary& summary,
                const ShowOptions& options) {
  if (!config.draft) return nullptr;
  return {
      {"parameters", summary.draft_parameters},
      {"stored_bytes", summary.stored_draft_bytes},
      {"feed_forward",
       config.draft->layer.feed_forward == runtime::FeedForwardKind::kDense ? "dense" : "experts"},
      {"window", config.draft->layer.window},
      {"speculate", options.speculate}};
}

Json markers_json(const ModelConfig& config, const ShowOptions& options) {
  Json applied = Json::array(), known = Json::array();
  for (const AppliedMarkers& markers : applied_markers(config, options))
    applied.push_back({{"origin", markers.origin}, {"markers", markers.text}});
  for (const ThinkingMarkers& markers : known_thinking_markers())
    known.push_back(describe(markers));
  return {{"apply", applied}, {"known_for_replies_made_elsewhere", known}};
}

// Tables of more rows than these are still grouped by name pattern, so a 519-billion-parameter
// model takes some thirty.
Json to_json(const ModelConfig& config, const ModelSummary& summary,
             const runtime::MemoryPlan& plan, const ShowOptions& options) {
  Json tensors = Json::array();
  for (const runtime::TensorRow& row : summary.tensors) {
    tensors.push_back({{"name", row.name_pattern},
                       {"shape", row.shape},
                       {"count", row.count},
                       {"parameters", row.elements},
                       {"note", row.note}});
  }
  return {
      {"model_type", config.model_type},
      {"architecture", config.architecture->name},
      {"hidden_size", config.hidden_size},
      {"vocab_size", config.vocab_size},
      {"num_hidden_layers", config.num_hidden_layers},
      {"max_position_embeddings", config.max_position_embeddings},
      {"attention", attention_text(config)},
      {"layers", layers_text(config)},
      {"experts", experts_text(config)},
      {"thinking_markers", markers_json(config, options)},
      {"weight_format",
       config.quantization.method.empty() ? config.dtype : config.quantization.method},
      {"numerics", name_of(plan.numerics)},
      {"total_parameters", summary.total_parameters},
      {"active_parameters", summary.active_parameters},
      {"kv_bytes_per_token",
       {{"bfloat16", summary.kv_growing_bytes_per_token_bf16},
        {"float32", summary.kv_growing_bytes_per_token_fp32}}},
      {"kv_window_bytes",
       {{"bfloat16", summary.kv_window_bytes_fp32 / 2}, {"float32", summary.kv_window_bytes_fp32}}},
      {"state_bytes_per_sequence", summary.state_bytes_fp32},
      {"memory_plan", runtime::to_json(plan)},
      {"stored_weight_bytes", summary.stored_weight_bytes},
      {"draft_module", draft_json(config, summary, options)},
      {"tensors", tensors}};
}

void print_stages(const runtime::MemoryPlan& plan) {
  for (const runtime::StagePlan& stage : plan.stages) {
    const std::string device = fmt::format("{:<17}", stage.device);
    const std::string bytes = with_commas(stage.device_bytes());
    const std::string available = with_commas(stage.available_bytes);
    const Message text =
        stage.first_layer == stage.end_layer
            ? Message(
                  "  {device} the head: {device_bytes} bytes of {available_bytes} that are free",
                  {{"device", device}, {"device_bytes", bytes}, {"available_bytes", available}})
        : stage.has_head
            ? Message(
                  "  {device} layers {first_layer} to {last_layer} and the head: {device_bytes} "
                  "bytes of {available_bytes} that are free",
                  {{"device", device},
                   {"first_layer", stage.first_layer},
                   {"last_layer", stage.end_layer - 1},
                   {"device_bytes", bytes},
                   {"available_bytes", available}})
            : Message(
                  "  {device} layers {first_layer} to {last_layer}: {device_bytes} bytes of "
                  "{available_bytes} that are free",
                  {{"device", device},
                   {"first_layer", stage.first_layer},
                   {"last_layer", stage.end_layer - 1},
                   {"device_bytes", bytes},
                   {"available_bytes", available}});
    write_output(localized(text) + "\n");
    if (stage.streamed_bytes == 0) continue;
    write_output(localized("                    experts from layer {layer} on stay in the host's "
                           "memory, {streamed_bytes} bytes, and are copied over for each step",
                           {{"layer", stage.first_streamed_layer},
                            {"streamed_bytes", with_commas(stage.streamed_bytes)}}) +
                 "\n");
  }
}

void print(const ModelConfig& config, const ModelSummary& summary, const runtime::MemoryPlan& plan,
           const ShowOptions& options) {
  const auto line = [](const std::string& text) { write_output(text + "\n"); };
  line(localized("model type          {model_type}", {{"model_type", config.model_type}}));
  line(localized("layers              {config}", {{"config", layers_text(config)}}));
  line(localized("attention           {config}", {{"config", attention_text(config)}}));
  line(localized("experts             {config}", {{"config", experts_text(config)}}));
  for (const AppliedMarkers& markers : applied_markers(config, options)) {
    line(localized(
        markers.origin == "given"
            ? Message("thinking markers    {markers} (given)", {{"markers", markers.text}})
            : Message("thinking markers    {markers} (of the architecture)",
                      {{"markers", markers.text}})));
  }
  line(localized("hidden, vocabulary  {hidden_size}, {vocab_size}",
                 {{"hidden_size", config.hidden_size}, {"vocab_size", config.vocab_size}}));
  line(localized("context             {max_position_embeddings} tokens",
                 {{"max_position_embeddings", with_commas(config.max_position_embeddings)}}));
  line(localized("numerics            {numerics}, cache in {plan}",
                 {{"numerics", name_of(plan.numerics)}, {"plan", name_of_cache_dtype(plan)}}));
  line(localized("total parameters    {total_parameters}",
                 {{"total_parameters", with_commas(summary.total_parameters)}}));
  line(localized("active parameters   {active_parameters} a token",
                 {{"active_parameters", with_commas(summary.active_parameters)}}));
  if (config.draft && options.speculate > 0) {
    line(
        localized("draft module        {draft_parameters} parameters, {stored_draft_bytes} bytes "
                  "in the files; the plan has it",
                  {{"draft_parameters", with_commas(summary.draft_parameters)},
                   {"stored_draft_bytes", with_commas(summary.stored_draft_bytes)}}));
  } else if (config.draft) {
    line(
        localized("draft module        {draft_parameters} parameters, {stored_draft_bytes} bytes "
                  "in the files; read "
                  "with --speculate",
                  {{"draft_parameters", with_commas(summary.draft_parameters)},
                   {"stored_draft_bytes", with_commas(summary.stored_draft_bytes)}}));
  }
  const std::string bf16 = with_commas(summary.kv_growing_bytes_per_token_bf16);
  const std::string fp32 = with_commas(summary.kv_growing_bytes_per_token_fp32);
  if (summary.kv_window_bytes_fp32 > 0) {
    line(
        localized("KV cache            {bfloat16_bytes} bytes a token in bfloat16, {float32_bytes} "
                  "in float32; and "
                  "{kv_window_bytes_fp} ({kv_window_bytes_fp_2}) once for the windows",
                  {{"bfloat16_bytes", bf16},
                   {"float32_bytes", fp32},
                   {"kv_window_bytes_fp", with_commas(summary.kv_window_bytes_fp32 / 2)},
                   {"kv_window_bytes_fp_2", with_commas(summary.kv_window_bytes_fp32)}}));
  } else {
    line(
        localized("KV cache            {bfloat16_bytes} bytes a token in bfloat16, {float32_bytes} "
                  "in float32",
                  {{"bfloat16_bytes", bf16}, {"float32_bytes", fp32}}));
  }
  if (summary.state_bytes_fp32 > 0) {
    line(localized(
        "states              {state_bytes_fp} bytes a sequence in float32, however long it is",
        {{"state_bytes_fp", with_commas(summary.state_bytes_fp32)}}));
  }
  line(
      localized("memory plan         {total_bytes} bytes for {batch} sequences of "
                "{max_context_tokens} tokens, of them",
                {{"total_bytes", with_commas(plan.total_bytes())},
                 {"batch", options.batch},
                 {"max_context_tokens", with_commas(plan.max_context_tokens)}}));
  line(localized(
      "  weights           {weight_bytes} packed, {mapped_weight_bytes} in the mapped files",
      {{"weight_bytes", with_commas(plan.weight_bytes)},
       {"mapped_weight_bytes", with_commas(plan.mapped_weight_bytes)}}));
  line(
      localized("  cache             {kv_cache_bytes} keys and values, {state_bytes} states, "
                "{swap_bytes} swapped out at most",
                {{"kv_cache_bytes", with_commas(plan.kv_cache_bytes)},
                 {"state_bytes", with_commas(plan.state_bytes)},
                 {"swap_bytes", with_commas(plan.swap_bytes)}}));
  line(
      localized("  a step            {workspace_bytes} activations and logits, {scratch_bytes} "
                "scratch of the operators",
                {{"workspace_bytes", with_commas(plan.workspace_bytes)},
                 {"scratch_bytes", with_commas(plan.scratch_bytes)}}));
  line(localized("  sequences         {sequence_bytes} tokens and tables",
                 {{"sequence_bytes", with_commas(plan.sequence_bytes)}}));
  if (plan.stages.size() > 1 || plan.streamed_bytes > 0) print_stages(plan);
  line("");
  write_output(
      fmt::format("{:<62} {:<22} {:>8} {:>18}\n", "tensor", "shape", "count", "parameters"));
  for (const runtime::TensorRow& row : summary.tensors) {
    write_output(fmt::format("{:<62} {:<22} {:>8} {:>18}{}{}\n", row.name_pattern, row.shape,
                             with_commas(row.count), with_commas(row.elements),
                             row.note.empty() ? "" : "  ", row.note));
  }
}

Status show(ShowOptions options) {
  JANGWON_ASSIGN_OR_RETURN(options.given, parse_thinking_markers(options.thinking_markers));
  JANGWON_ASSIGN_OR_RETURN(const ModelConfig config, runtime::read_model_config(options.path));
  if (options.speculate > 0 && !config.draft)
    return invalid_argument("this model has no draft module; it runs without --speculate")
        .at(options.path);
  Result<ModelSummary> summary = runtime::summarize_model(config);
  if (!summary.ok()) return summary.status().at(options.path);
  JANGWON_ASSIGN_OR_RETURN(const runtime::MemoryPlan plan, plan_of(config, options));
  if (options.json) {
    write_output(to_json_text(to_json(config, summary.value(), plan, options)));
  } else {
    print(config, summary.value(), plan, options);
  }
  return ok_status();
}

}  // namespace

void add_models_show_command(CLI::App& models, CommandContext& context) {
  auto options = std::make_shared<ShowOptions>();
  CLI::App* command = models.add_subcommand(
      "show", "Tensor table, parameters, KV cache and memory plan of a config; needs no weights.");
  command->add_option("CONFIG", options->path, "a config.json, or the folder with one")->required();
  command
      ->add_option("--context", options->context,
                   "tokens of a sequence in the plan; default: the model's limit")
      ->transform(setting_check("context_tokens"));
  command->add_option("--batch", options->batch, "sequences in the plan")
      ->transform(setting_check("batch_size"))
      ->capture_default_str();
  command
      ->add_option("--speculate", options->speculate,
                   "tokens a step that the draft module proposes, in the plan")
      ->transform(setting_check("speculate"));
  add_arithmetic_options(*command, options->numerics, options->kv_cache_dtype);
  add_device_option(*command, options->device);
  add_weights_option(*command, options->weights);
  command
      ->add_option("--thinking-markers,--reasoning-markers,--reasoning-tags",
                   options->thinking_markers,
                   "how the model marks its thinking: a known name, BEGIN...END, JSON or a YAML "
                   "file; may be repeated")
      ->allow_extra_args(false);
  command->add_flag("--json", options->json, "one JSON object on stdout");
  set_examples(*command, {{"jangwon models show models/k-exaone",
                           "what a checkpoint is, from its config.json alone"},
                          {"jangwon models show config.json --context 32768 --batch 8",
                           "how much memory would it take?"}});
  command->callback([options, &context] { context.status = show(*options); });
}

}  // namespace jangwon::harness
