// Tests: tests/runtime/engine/memory_plan_test.cc.

#include "runtime/engine/memory_plan.h"

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "runtime/base/thread_pool.h"
#include "runtime/cache/prefix_hash.h"
#include "runtime/device/devices.h"
#include "runtime/model/cache_layout.h"

namespace jangwon::runtime {
namespace {

// Groups without a window share what the others leave: each gets the same number of blocks, because
// a token takes one place in every one of them.
CacheCapacity capacity_of(const CacheLayout& layout, const EngineOptions& options,
                          int context_tokens) {
  const int64_t batch = std::max(1, options.max_batch_size);
  CacheCapacity capacity;
  capacity.blocks_of_group.resize(layout.groups.size());
  const int64_t windowed_groups =
      std::count_if(layout.groups.begin(), layout.groups.end(),
                    [](const KvGroup& group) { return group.window > 0; });
  int64_t bytes_left = options.kv_cache_max_bytes;
  int64_t growing_bytes = 0;  // of one block of each group without a window
  for (size_t i = 0; i < layout.groups.size(); ++i) {
    const KvGroup& group = layout.groups[i];
    if (group.window == 0) {
      growing_bytes += group.bytes_of_block();
      continue;
    }
    // Twice what the running sequences need: the rest holds the ends of shared prefixes.
    const int64_t of_one = max_blocks_of_sequence(group, context_tokens, options);
    const int64_t wanted = std::min(2 * batch * of_one, batch * blocks_for(context_tokens));
    const int64_t affordable =
        options.kv_cache_max_bytes / 2 / windowed_groups / group.bytes_of_block();
    capacity.blocks_of_group[i] = static_cast<int>(std::max(of_one, std::min(wanted, affordable)));
    bytes_left -= capacity.blocks_of_group[i] * group.bytes_of_block();
  }
  for (size_t i = 0; i < layout.groups.size(); ++i) {
    if (layout.groups[i].window > 0) continue;
    const int64_t of_one = blocks_for(context_tokens);
    int64_t wanted = std::min(batch * of_one, bytes_left / growing_bytes);
    if (options.kv_cache_tokens > 0) wanted = blocks_for(options.kv_cache_tokens);
    capacity.blocks_of_group[i] =
        static_cast<int>(std::clamp<int64_t>(wanted, of_one, int64_t{1} << 30));
  }
  // A batch of sequences, and as many snapshots that others may start from.
  if (!layout.states.empty()) capacity.num_state_slots = static_cast<int>(2 * batch);
  return capacity;
}

// What is held at a time where layers come and go.
CacheLayout largest_layers_of(CacheLayout layout) {
  for (KvGroup& group : layout.groups)
    group.layers.resize(1);
  const auto smaller = [](const StateLayer& a, const StateLayer& b) { return a.bytes < b.bytes; };
  if (!layout.states.empty()) {
    const StateLayer largest =
        *std::max_element(layout.states.begin(), layout.states.end(), smaller);
    layout.states = {largest};
  }
  return layout;
}

}  // namespace

void plan_cache(const EngineOptions& options, MemoryPlan& plan) {
  plan.cache_capacity = capacity_of(plan.cache_layout, options, plan.max_context_tokens);
  plan.kv_cache_bytes = 0;
  plan.swap_bytes = 0;
  bool holds_every_sequence = true;
  int64_t bytes_of_sequence = plan.cache_layout.state_bytes();
  for (size_t i = 0; i < plan.cache_layout.groups.size(); ++i) {
    const KvGroup& group = plan.cache_layout.groups[i];
    const int64_t blocks = plan.cache_capacity.blocks_of_group[i];
    const int64_t of_one = max_blocks_of_sequence(group, plan.max_context_tokens, options);
    plan.kv_cache_bytes += blocks * group.bytes_of_block();
    bytes_of_sequence += of_one * group.bytes_of_block();
    holds_every_sequence = holds_every_sequence && blocks >= of_one * plan.max_batch_size;
  }
  plan.state_bytes = plan.cache_capacity.num_state_slots * plan.cache_layout.state_bytes();
  // Nobody loses his place where there is one for everybody.
  if (!holds_every_sequence)
    plan.swap_bytes = std::min(options.swap_max_bytes, plan.max_batch_size * bytes_of_sequence);
  // A token's id; a block's hash and its id in every group.
  const int64_t bytes_of_block =
      static_cast<int64_t>(sizeof(PrefixHash) + plan.cache_layout.groups.size() * sizeof(BlockId));
  plan.sequence_bytes =
      plan.max_batch_size * (plan.max_context_tokens * static_cast<int64_t>(sizeof(int32_t)) +
                             blocks_for(plan.max_context_tokens) * bytes_of_block);
}

int threads_of(const EngineOptions& options) {
  return options.num_threads > 0 ? options.num_threads : available_cpus();
}

RehearsedMemory rehearse_plan(const ModelSource& source, const EngineOptions& options,
                              const OpTable& ops, const MemoryPlan& plan) {
  const StepLimits limits = limits_of_step(options);
  return rehearse(source, ops,
                  {.num_tokens = limits.tokens,
                   .num_sequences = plan.max_batch_size,
                   .num_logit_rows = std::min(limits.tokens, limits.logit_rows),
                   .context_tokens = plan.max_context_tokens,
                   .num_drafts = source.config.drafts() ? options.num_drafts : 0});
}

namespace {

void add_model(const ModelSource& source, const EngineOptions& options, const OpTable& ops,
               MemoryPlan& plan) {
  const RehearsedMemory memory = rehearse_plan(source, options, ops, plan);
  if (plan.residence == Residence::kAllLayers) {
    plan.weight_bytes = memory.weight_bytes;
    plan.mapped_weight_bytes = memory.mapped_weight_bytes;
  } else {
    plan.weight_bytes = memory.embedding_bytes + memory.largest_part_bytes();
  }
  plan.workspace = memory.workspace;
  plan.workspace_bytes = memory.workspace.bytes();
  plan.scratch_bytes = ops.scratch_bytes(memory.scratch, threads_of(options));
  plan.stages = {{.device = {},
                  .first_layer = 0,
                  .end_layer = source.config.num_hidden_layers,
                  .workspace = plan.workspace,
                  .weight_bytes = plan.weight_bytes + plan.mapped_weight_bytes,
                  .cache_bytes = plan.kv_cache_bytes + plan.state_bytes,
                  .scratch_bytes = plan.scratch_bytes,
                  .first_streamed_layer = source.config.num_hidden_layers}};
}

}  // namespace

StepLimits limits_of_step(const EngineOptions& options) {
  const int decoding = std::max(1, options.max_batch_size) * (1 + options.num_drafts);
  return {.tokens = std::max(options.max_step_tokens, decoding),
          .logit_rows = std::max(options.max_logit_rows, decoding)};
}

int max_blocks_of_sequence(const KvGroup& group, int context_tokens, const EngineOptions& options) {
  if (group.window == 0) return blocks_for(context_tokens);
  // A window that ends anywhere in the step, a block more at either end, and as many drafts that
  // may be cut off as there are written behind the step.
  const int64_t held = int64_t{group.window} + limits_of_step(options).tokens + 2 * kBlockTokens +
                       2 * options.num_drafts;
  return blocks_for(std::min<int64_t>(held, context_tokens));
}

// A bf16 product takes weights that are bf16, or decode to it, as they are. Matrices in float32
// and float16 have float32 products under any numerics; a bf16 cache would then cost accuracy
// and give no speed.
Numerics default_numerics(const ModelConfig& config, DeviceKind device) {
  const bool exact = config.quantization.method.empty() && config.made_weights.bits == 0 &&
                     config.dtype != "bfloat16";
  if (exact) return Numerics::kFloat32;
  return device == DeviceKind::kGpu ? Numerics::kTensor : fastest_bf16_numerics();
}

DType default_cache_dtype(Numerics numerics) {
  return numerics == Numerics::kFloat32 ? DType::kF32 : DType::kBF16;
}

MadeWeights made_weights_of(const std::string& name) {
  if (name.empty()) return {};
  const size_t colon = name.find(':');
  const int bits = name.starts_with("int8") ? 8 : 4;
  const int64_t group = colon != std::string::npos ? std::stoll(name.substr(colon + 1))
                        : bits == 8                ? 128
                                                   : 32;
  return {.bits = bits, .group_size = group};
}

MemoryPlan begin_plan(const ModelConfig& config, const EngineOptions& options, const OpTable& ops) {
  MemoryPlan plan;
  plan.numerics = ops.numerics;
  plan.kv_cache_dtype = config.kv_cache_dtype;
  plan.max_context_tokens = config.max_position_embeddings;
  if (options.max_context_tokens > 0)
    plan.max_context_tokens = std::min(plan.max_context_tokens, options.max_context_tokens);
  plan.max_batch_size = std::max(1, options.max_batch_size);
  plan.cache_layout = make_cache_layout(config, ops);
  return plan;
}

namespace {

MemoryPlan plan_memory_of(Residence residence, const ModelSource& source,
                          const EngineOptions& options, const OpTable& ops) {
  MemoryPlan plan = begin_plan(source.config, options, ops);
  plan.residence = residence;
  const CacheLayout whole = plan.cache_layout;
  if (residence == Residence::kOneLayer) plan.cache_layout = largest_layers_of(whole);
  plan_cache(options, plan);
  plan.cache_layout = whole;
  // a pass admits no more than find room
  if (residence == Residence::kOneLayer) plan.swap_bytes = 0;
  add_model(source, options, ops, plan);
  return plan;
}

}  // namespace

MemoryPlan plan_memory(const ModelSource& source, const EngineOptions& options,
                       const OpTable& ops) {
  return plan_memory_of(Residence::kAllLayers, source, options, ops);
}

namespace {

// The largest value in [1, limit] whose plan fits with the smallest cache that serves it; empty
// where none does.
std::optional<int> find_largest(int limit, const std::function<int64_t(int)>& total_bytes,
                                int64_t available_bytes) {
  if (total_bytes(1) > available_bytes) return std::nullopt;
  int fits = 1;
  int too_large = limit + 1;
  while (too_large - fits > 1) {
    const int middle = fits + (too_large - fits) / 2;
    (total_bytes(middle) <= available_bytes ? fits : too_large) = middle;
  }
  return fits;
}

}  // namespace

std::string in_mib(int64_t bytes) {
  return std::to_string((bytes + (int64_t{1} << 20) - 1) >> 20) + " MiB";
}

Result<MemoryPlan> fit_one_layer(const ModelSource& source, const EngineOptions& options,
                                 const OpTable& ops, int64_t available_bytes) {
  EngineOptions smaller = options;
  smaller.kv_cache_tokens = 0;
  smaller.kv_cache_max_bytes = 0;
  const MemoryPlan smallest = plan_memory_of(Residence::kOneLayer, source, smaller, ops);
  const int64_t bytes_of_token =
      padded(source.config.hidden_size) * static_cast<int64_t>(sizeof(float));
  const int64_t needed = smallest.total_bytes() + smallest.max_context_tokens * bytes_of_token;
  if (needed > available_bytes) {
    return unavailable(
        "scored layer by layer, the model takes {needed} of memory, its largest layer "
        "{weight_bytes}, and "
        "{available_bytes} are available",
        {{"needed", in_mib(needed)},
         {"weight_bytes", in_mib(smallest.weight_bytes)},
         {"available_bytes", in_mib(available_bytes)}});
  }
  // Of what is left a quarter for more sequences at a time, half for more hidden states; the rest
  // is for what grows with the requests and is no part of the plan.
  const int64_t left = available_bytes - needed;
  smaller.kv_cache_max_bytes =
      std::min(options.kv_cache_max_bytes, smallest.kv_cache_bytes + left / 4);
  MemoryPlan plan = plan_memory_of(Residence::kOneLayer, source, smaller, ops);
  plan.max_pass_tokens =
      std::min<int64_t>(smallest.max_context_tokens + left / 2 / bytes_of_token, int64_t{1} << 30);
  if (options.max_pass_tokens > 0)
    plan.max_pass_tokens = std::min(plan.max_pass_tokens, options.max_pass_tokens);
  plan.hidden_bytes = plan.max_pass_tokens * bytes_of_token;
  return plan;
}

Result<MemoryPlan> fit_memory(const ModelSource& source, const EngineOptions& options,
                              const OpTable& ops, int64_t available_bytes) {
  MemoryPlan plan = plan_memory(source, options, ops);
  if (plan.total_bytes() <= available_bytes) return plan;
  EngineOptions smaller = options;
  smaller.swap_max_bytes = 0;
  smaller.kv_cache_tokens = 0;
  const int64_t rest = plan.total_bytes() - plan.kv_cache_bytes - plan.swap_bytes;
  smaller.kv_cache_max_bytes =
      std::max<int64_t>(0, std::min(plan.kv_cache_bytes, available_bytes - rest));
  const MemoryPlan smallest = plan_memory(source, smaller, ops);
  if (smallest.total_bytes() <= available_bytes) return smallest;

  smaller.kv_cache_max_bytes = 0;
  const auto bytes_with_context = [&](int context_tokens) {
    EngineOptions other = smaller;
    other.max_context_tokens = context_tokens;
    return plan_memory(source, other, ops).total_bytes();
  };
  const auto bytes_with_batch = [&](int batch_size) {
    EngineOptions other = smaller;
    other.max_batch_size = batch_size;
    return plan_memory(source, other, ops).total_bytes();
  };
  const std::optional<int> context =
      find_largest(plan.max_context_tokens, bytes_with_context, available_bytes);
  const std::optional<int> batch =
      find_largest(plan.max_batch_size, bytes_with_batch, available_bytes);
  const std::string needed = in_mib(smallest.total_bytes());
  const std::string there = in_mib(available_bytes);
  const bool scores = fit_one_layer(source, options, ops, available_bytes).ok();
  const auto refuse = [&](const Status& refused) {
    return scores ? unavailable(
                        "{cause}; tasks that only score given answers would run, layer by layer",
                        {{"cause", refused.sentence()}})
                  : refused;
  };
  if (batch) {
    return refuse(
        unavailable("the model takes {needed} of memory for {max_batch_size} sequences at a time, "
                    "each of up to "
                    "{max_context_tokens} tokens, and {there} are available; {batch} sequences at "
                    "a time would fit",
                    {{"needed", needed},
                     {"max_batch_size", plan.max_batch_size},
                     {"max_context_tokens", plan.max_context_tokens},
                     {"there", there},
                     {"batch", *batch}}));
  }
  if (context) {
    return refuse(
        unavailable("the model takes {needed} of memory for sequences of up to "
                    "{max_context_tokens} tokens, and "
                    "{there} are available; sequences of up to {context} tokens would fit",
                    {{"needed", needed},
                     {"max_context_tokens", plan.max_context_tokens},
                     {"there", there},
                     {"context", *context}}));
  }
  return refuse(unavailable(
      "the model takes {needed} of memory, its weights alone {mapped_weight_bytes}, and {there} "
      "are "
      "available; no batch and no context would fit",
      {{"needed", needed},
       {"mapped_weight_bytes", in_mib(smallest.weight_bytes + smallest.mapped_weight_bytes)},
       {"there", there}}));
}

namespace {

Json stages_json(const MemoryPlan& plan) {
  Json stages = Json::array();
  for (const StagePlan& stage : plan.stages) {
    stages.push_back({{"device", stage.device},
                      {"first_layer", stage.first_layer},
                      {"end_layer", stage.end_layer},
                      {"head", stage.has_head},
                      {"weights_bytes", stage.weight_bytes},
                      {"cache_bytes", stage.cache_bytes},
                      {"workspace_bytes", stage.workspace.bytes()},
                      {"scratch_bytes", stage.scratch_bytes},
                      {"first_streamed_layer", stage.first_streamed_layer},
                      {"streamed_bytes", stage.streamed_bytes},
                      {"device_bytes", stage.device_bytes()},
                      {"available_bytes", stage.available_bytes}});
  }
  return stages;
}

}  // namespace

Json to_json(const MemoryPlan& plan) {
  Json json = {{"weights_bytes", plan.weight_bytes},
               {"mapped_weights_bytes", plan.mapped_weight_bytes},
               {"kv_cache_bytes", plan.kv_cache_bytes},
               {"kv_cache_dtype", plan.kv_cache_dtype == DType::kBF16 ? "bfloat16" : "float32"},
               {"state_bytes", plan.state_bytes},
               {"workspace_bytes", plan.workspace_bytes},
               {"scratch_bytes", plan.scratch_bytes},
               {"swap_bytes", plan.swap_bytes},
               {"sequence_bytes", plan.sequence_bytes},
               {"hidden_bytes", plan.hidden_bytes},
               {"context_tokens", plan.max_context_tokens},
               {"sequences", plan.max_batch_size},
               {"total_bytes", plan.total_bytes()}};
  // Of one device that holds everything it would say the same once more.
  if (plan.stages.size() > 1 || plan.streamed_bytes > 0) json["stages"] = stages_json(plan);
  return json;
}

}  // namespace jangwon::runtime
