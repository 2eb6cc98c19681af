// Tokens are grouped by expert, so that a step reads each chosen expert once however many tokens chose it; their
// results are then added token by token in the order of choice, which depends on the token alone.

#include "runtime/model/feed_forward_blocks.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace jangwon::runtime {
namespace {

constexpr int64_t kPanelsPerTask = 8;

void activate(const KernelTable& kernels, const ModelConfig& config, const float* gate, const float* up, int64_t size,
              float* out) {
  if (config.activation == Activation::kClampedSwiglu) {
    kernels.f32_clamped_swiglu(gate, up, size, static_cast<float>(config.swiglu_limit), out);
  } else {
    kernels.f32_silu_mul(gate, up, size, out);
  }
}

// The tokens of each expert: rows [begin, begin + count) of the gathered matrix.
struct ExpertRows {
  int expert = 0;
  int begin = 0;
  int count = 0;
};

struct Routing {
  std::vector<int32_t> ids_TA;
  std::vector<float> weights_TA;
  std::vector<ExpertRows> experts;      // those with tokens
  std::vector<int32_t> row_of_slot_TA;  // gathered row of each choice
  std::vector<int32_t> token_of_row;
};

Routing route(const OpContext& context, const ModelConfig& config, const LayerWeights& weights, const float* hidden_TD,
              int num_tokens, Arena& arena) {
  const MoeConfig& moe = config.moe;
  const int64_t stride = padded(moe.num_experts);
  const int chosen = moe.num_experts_per_tok;
  const size_t slots = static_cast<size_t>(num_tokens) * static_cast<size_t>(chosen);
  float* logits_TE = arena.make<float>(static_cast<size_t>(num_tokens * stride));
  linear(context, weights.router_ED, hidden_TD, padded(config.hidden_size), num_tokens, logits_TE, stride);

  Routing routing;
  routing.ids_TA.resize(slots);
  routing.weights_TA.resize(slots);
  const float* bias = weights.correction_bias_E.empty() ? nullptr : weights.correction_bias_E.data();
  std::vector<int> counts(static_cast<size_t>(moe.num_experts), 0);
  for (int t = 0; t < num_tokens; ++t) {
    choose_experts(context.kernels, moe.router, logits_TE + t * stride, bias, routing.ids_TA.data() + t * chosen,
                   routing.weights_TA.data() + t * chosen);
    for (int a = 0; a < chosen; ++a)
      ++counts[static_cast<size_t>(routing.ids_TA[static_cast<size_t>(t * chosen + a)])];
  }
  std::vector<int> next(counts.size());
  int begin = 0;
  for (size_t e = 0; e < counts.size(); ++e) {
    next[e] = begin;
    if (counts[e] > 0) routing.experts.push_back({static_cast<int>(e), begin, counts[e]});
    begin += counts[e];
  }
  routing.row_of_slot_TA.resize(slots);
  routing.token_of_row.resize(slots);
  for (size_t slot = 0; slot < slots; ++slot) {
    const int row = next[static_cast<size_t>(routing.ids_TA[slot])]++;
    routing.row_of_slot_TA[slot] = row;
    routing.token_of_row[static_cast<size_t>(row)] = static_cast<int32_t>(slot) / chosen;
  }
  return routing;
}

// A share of one expert's outputs.
struct ExpertTask {
  const ExpertRows* rows = nullptr;
  int64_t first_panel = 0;
  int64_t num_panels = 0;
};

std::vector<ExpertTask> cut_experts(const std::vector<ExpertRows>& experts, int64_t panels) {
  std::vector<ExpertTask> tasks;
  for (const ExpertRows& rows : experts) {
    for (int64_t first = 0; first < panels; first += kPanelsPerTask)
      tasks.push_back({&rows, first, std::min(kPanelsPerTask, panels - first)});
  }
  return tasks;
}

}  // namespace

void feed_forward_dense(const OpContext& context, const ModelConfig& config, const SwigluWeights& weights,
                        const float* hidden_TD, int num_tokens, float* out_TD, Arena& arena) {
  const int64_t hidden_stride = padded(config.hidden_size);
  const int64_t inner_stride = padded(weights.gate_FD.rows());
  float* gate_TF = arena.make<float>(static_cast<size_t>(num_tokens * inner_stride));
  float* up_TF = arena.make<float>(static_cast<size_t>(num_tokens * inner_stride));
  linear(context, weights.gate_FD, hidden_TD, hidden_stride, num_tokens, gate_TF, inner_stride);
  linear(context, weights.up_FD, hidden_TD, hidden_stride, num_tokens, up_TF, inner_stride);
  constexpr int64_t kRowsPerTask = 16;
  context.pool.parallel_for((num_tokens + kRowsPerTask - 1) / kRowsPerTask, [&](int64_t task) {
    const int64_t first = task * kRowsPerTask;
    const int64_t count = std::min<int64_t>(kRowsPerTask, num_tokens - first) * inner_stride;
    activate(context.kernels, config, gate_TF + first * inner_stride, up_TF + first * inner_stride, count,
             gate_TF + first * inner_stride);
  });
  linear(context, weights.down_DF, gate_TF, inner_stride, num_tokens, out_TD, hidden_stride);
}

void feed_forward_experts(const OpContext& context, const ModelConfig& config, const LayerWeights& weights,
                          const float* hidden_TD, int num_tokens, float* out_TD, Arena& arena) {
  const MoeConfig& moe = config.moe;
  const int64_t hidden_stride = padded(config.hidden_size);
  const int64_t inner_stride = padded(moe.moe_intermediate_size);
  const int64_t slots = int64_t{num_tokens} * moe.num_experts_per_tok;
  const Routing routing = route(context, config, weights, hidden_TD, num_tokens, arena);

  float* gathered = arena.make<float>(static_cast<size_t>(slots * hidden_stride));
  float* gate = arena.make<float>(static_cast<size_t>(slots * inner_stride));
  float* up = arena.make<float>(static_cast<size_t>(slots * inner_stride));
  for (int64_t row = 0; row < slots; ++row)
    std::memcpy(gathered + row * hidden_stride,
                hidden_TD + routing.token_of_row[static_cast<size_t>(row)] * hidden_stride,
                sizeof(float) * static_cast<size_t>(config.hidden_size));

  const std::vector<ExpertTask> up_tasks = cut_experts(routing.experts, inner_stride / kLanes);
  context.pool.parallel_for(static_cast<int64_t>(up_tasks.size()), [&](int64_t i) {
    const ExpertTask& task = up_tasks[static_cast<size_t>(i)];
    const SwigluWeights& expert = weights.experts_E[static_cast<size_t>(task.rows->expert)];
    const float* x = gathered + task.rows->begin * hidden_stride;
    float* gate_rows = gate + task.rows->begin * inner_stride;
    float* up_rows = up + task.rows->begin * inner_stride;
    expert.gate_FD.multiply_panels(context.kernels, x, hidden_stride, task.rows->count, task.first_panel,
                                   task.num_panels, gate_rows, inner_stride);
    expert.up_FD.multiply_panels(context.kernels, x, hidden_stride, task.rows->count, task.first_panel, task.num_panels,
                                 up_rows, inner_stride);
    for (int row = 0; row < task.rows->count; ++row) {
      const int64_t offset = row * inner_stride + task.first_panel * kLanes;
      activate(context.kernels, config, gate_rows + offset, up_rows + offset, task.num_panels * kLanes,
               gate_rows + offset);
    }
  });
  float* down = gathered;  // read for the last time above
  const std::vector<ExpertTask> down_tasks = cut_experts(routing.experts, hidden_stride / kLanes);
  context.pool.parallel_for(static_cast<int64_t>(down_tasks.size()), [&](int64_t i) {
    const ExpertTask& task = down_tasks[static_cast<size_t>(i)];
    const SwigluWeights& expert = weights.experts_E[static_cast<size_t>(task.rows->expert)];
    expert.down_DF.multiply_panels(context.kernels, gate + task.rows->begin * inner_stride, inner_stride,
                                   task.rows->count, task.first_panel, task.num_panels,
                                   down + task.rows->begin * hidden_stride, hidden_stride);
  });

  float* shared_TD = nullptr;
  if (moe.num_shared_experts > 0) {
    shared_TD = arena.make<float>(static_cast<size_t>(num_tokens * hidden_stride));
    feed_forward_dense(context, config, weights.shared, hidden_TD, num_tokens, shared_TD, arena);
  }
  for (int t = 0; t < num_tokens; ++t) {
    float* out = out_TD + t * hidden_stride;
    std::fill(out, out + config.hidden_size, 0.0f);
    for (int a = 0; a < moe.num_experts_per_tok; ++a) {
      const size_t slot =
          static_cast<size_t>(t) * static_cast<size_t>(moe.num_experts_per_tok) + static_cast<size_t>(a);
      const float weight = routing.weights_TA[slot];
      const float* expert_out = down + routing.row_of_slot_TA[slot] * hidden_stride;
      for (int i = 0; i < config.hidden_size; ++i)
        out[i] += weight * expert_out[i];
    }
    for (int i = 0; shared_TD && i < config.hidden_size; ++i)
      out[i] += shared_TD[t * hidden_stride + i];
  }
}

}  // namespace jangwon::runtime
