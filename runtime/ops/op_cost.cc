// Tests: tests/runtime/ops/op_cost_test.cc.

#include "runtime/ops/op_cost.h"

#include <algorithm>
#include <cmath>

namespace jangwon::runtime {
namespace {

constexpr double kFloat = sizeof(float);

double bytes_of(const PackedMatrix& matrix) {
  return static_cast<double>(matrix.memory_bytes());
}

double elements_of(const PackedMatrix& matrix) {
  return static_cast<double>(matrix.rows()) * static_cast<double>(matrix.cols());
}

// `count` values that are read or written, and so many operations for each.
OpCost element_wise(double count, double values, double operations) {
  return {.bytes = count * values * kFloat, .products = 0.0, .operations = count * operations};
}

double num_tokens_of(const SequenceRows* sequences, int count) {
  double tokens = 0.0;
  for (int s = 0; s < count; ++s)
    tokens += sequences[s].num_tokens;
  return tokens;
}

// Keys that the sequence's tokens see: each of them once, and once for each token that sees it.
struct SeenKeys {
  double once = 0.0;
  double by_token = 0.0;
};

SeenKeys keys_seen(const AttentionShape& shape, const SequenceRows& sequence) {
  SeenKeys seen;
  int first = sequence.first_position + sequence.num_tokens;
  for (int i = 0; i < sequence.num_tokens; ++i) {
    const int position = sequence.first_position + i;
    const int behind = shape.window > 0 ? std::max(0, position - shape.window + 1) : 0;
    const int begin = std::max(behind, shape.first_key);
    seen.by_token += std::max(0, position + 1 - begin);
    first = std::min(first, begin);
  }
  seen.once = std::max(0, sequence.first_position + sequence.num_tokens - first);
  return seen;
}

// Of an expert's rows none where nobody chose it.
double experts_chosen(int num_experts, int num_chosen, int num_tokens) {
  const double share = static_cast<double>(num_chosen) / std::max(1, num_experts);
  return num_experts * (1.0 - std::pow(1.0 - share, num_tokens));
}

}  // namespace

// Bandwidth of a copy and rate of a large bf16 product, as published measurements have them for
// whole steps of models: 3.0 and 4.3 TB/s, 790 TFLOP/s; 1.3 µs between two kernels of a graph.
const GpuPeaks kH100 = {.name = "H100",
                        .memory_bytes_per_s = 3.0e12,
                        .products_per_s = 790e12,
                        .operations_per_s = 67e12,
                        .launch_s = 1.3e-6};
const GpuPeaks kH200 = {.name = "H200",
                        .memory_bytes_per_s = 4.3e12,
                        .products_per_s = 790e12,
                        .operations_per_s = 67e12,
                        .launch_s = 1.3e-6};

double seconds_on(const GpuPeaks& gpu, const OpCost& cost) {
  return gpu.launch_s +
         std::max({cost.bytes / gpu.memory_bytes_per_s, cost.products / gpu.products_per_s,
                   cost.operations / gpu.operations_per_s});
}

OpCost cost_of(const EmbedArguments& a) {
  const double row = bytes_of(*a.table_VD) / static_cast<double>(a.table_VD->rows());
  const double out = static_cast<double>(a.table_VD->cols()) * kFloat;
  return {.bytes = a.num_tokens * (row + out), .products = 0.0, .operations = 0.0};
}

OpCost cost_of(const GatherRowsArguments& a) {
  return element_wise(double{1} * a.num_rows * a.size, 2, 0);
}

OpCost cost_of(const RmsNormArguments& a) {
  return element_wise(double{1} * a.num_rows * a.size, 2, 4);
}

OpCost cost_of(const LayerNormArguments& a) {
  return element_wise(double{1} * a.num_rows * a.size, 2, 7);
}

OpCost cost_of(const GateArguments& a) {
  return element_wise(double{1} * a.num_rows * a.num_heads * a.size, 3, 5);
}

OpCost cost_of(const ResidualArguments& a) {
  return element_wise(double{1} * a.num_rows * a.size, 3, 2);
}

OpCost cost_of(const LinearArguments& a) {
  OpCost cost;
  double in = 0.0;  // read once for all matrices
  for (const LinearProduct& product : a.products) {
    if (!product.weight) continue;
    const PackedMatrix& weight = *product.weight;
    in = a.num_rows * static_cast<double>(weight.cols()) * kFloat;
    cost.bytes += bytes_of(weight) + a.num_rows * static_cast<double>(weight.rows()) * kFloat;
    cost.products += 2.0 * a.num_rows * elements_of(weight);
  }
  cost.bytes += in;
  return cost;
}

OpCost cost_of(const HeadLinearArguments& a) {
  OpCost cost;
  for (int head = 0; head < a.num_heads; ++head) {
    const OpCost one =
        cost_of(LinearArguments{.num_rows = a.num_rows, .products = {{a.weights_H[head]}}});
    cost.bytes += one.bytes;
    cost.products += one.products;
  }
  return cost;
}

OpCost cost_of(const ActivateArguments& a) {
  return element_wise(double{1} * a.num_rows * a.size, 3, 6);
}

OpCost cost_of(const RotaryAnglesArguments& a) {
  return element_wise(double{1} * a.num_tokens * a.num_pairs, 2, 20);
}

OpCost cost_of(const RotateArguments& a) {
  return element_wise(double{1} * a.num_tokens * a.num_heads * a.size, 2, 6);
}

OpCost cost_of(const AppendKvArguments& a) {
  const AttentionShape& shape = a.shape;
  const double values = shape.kind == AttentionKind::kLatent ? 0.0 : shape.value_size;
  const double row = shape.num_kv_heads * (shape.key_size + values) + shape.index_key_size;
  const double tokens = num_tokens_of(a.sequences, a.num_sequences);
  return {.bytes = tokens * row * (kFloat + static_cast<double>(size_of(shape.cache_dtype))),
          .products = 0.0,
          .operations = 0.0};
}

OpCost cost_of(const ChooseKeysArguments& a) {
  OpCost cost;
  for (int s = 0; s < a.num_sequences; ++s) {
    const SeenKeys seen = keys_seen(a.shape, a.sequences[s]);
    cost.bytes +=
        seen.once * a.shape.index_key_size * static_cast<double>(size_of(a.shape.cache_dtype));
    cost.operations += seen.by_token * a.num_heads * (2.0 * a.shape.index_key_size + 3.0);
  }
  const double tokens = num_tokens_of(a.sequences, a.num_sequences);
  cost.bytes += tokens * a.num_heads * (a.shape.index_key_size + 1.0) * kFloat;
  return cost;
}

OpCost cost_of(const AttendArguments& a) {
  const AttentionShape& shape = a.shape;
  const double values = shape.kind == AttentionKind::kLatent ? 0.0 : shape.value_size;
  OpCost cost;
  for (int s = 0; s < a.num_sequences; ++s) {
    const SeenKeys seen = keys_seen(shape, a.sequences[s]);
    cost.bytes += seen.once * shape.num_kv_heads * (shape.key_size + values) *
                  static_cast<double>(size_of(shape.cache_dtype));
    cost.products += seen.by_token * shape.num_heads * 2.0 * (shape.key_size + shape.value_size);
    cost.operations += seen.by_token * shape.num_heads * 10.0;  // the softmax
  }
  const double tokens = num_tokens_of(a.sequences, a.num_sequences);
  cost.bytes += tokens * shape.num_heads * (shape.key_size + shape.value_size) * kFloat;
  return cost;
}

OpCost cost_of(const ExpandLatentsArguments& a) {
  const double tokens = double{kBlockTokens} * a.num_blocks;
  const double of_token = a.latent.key_size + double{1} * a.expanded.num_kv_heads *
                                                  (a.expanded.key_size + a.expanded.value_size);
  OpCost cost{.bytes = tokens * of_token * static_cast<double>(size_of(a.latent.cache_dtype)),
              .products = 0.0,
              .operations = 0.0};
  for (int head = 0; head < a.expanded.num_kv_heads; ++head) {
    for (const PackedMatrix* matrix : {a.keys_H[head], a.values_H[head]}) {
      cost.bytes += bytes_of(*matrix);
      cost.products += 2.0 * tokens * elements_of(*matrix);
    }
  }
  return cost;
}

OpCost cost_of(const ConvolveArguments& a) {
  const double channels = double{1} * a.shape.num_heads * a.shape.head_size;
  const double tokens = num_tokens_of(a.sequences, a.num_sequences);
  OpCost cost = element_wise(tokens * channels, 2, 2.0 * a.shape.num_taps + 4.0);
  cost.bytes += (2.0 * a.num_sequences + 1.0) * channels * a.shape.num_taps * kFloat;
  return cost;
}

OpCost cost_of(const DeltaRuleArguments& a) {
  const double size = a.shape.head_size;
  const double tokens = num_tokens_of(a.sequences, a.num_sequences);
  OpCost cost = element_wise(tokens * a.shape.num_heads * size, 5, 7.0 * size + 20.0);
  cost.bytes += 2.0 * a.num_sequences * a.shape.num_heads * size * size * kFloat;
  return cost;
}

OpCost cost_of(const RouteArguments& a) {
  const double slots = double{1} * a.num_tokens * a.options.num_chosen;
  OpCost cost = element_wise(double{1} * a.num_tokens * a.options.num_experts, 1, 8);
  cost.bytes += slots * 4 * kFloat;
  return cost;
}

OpCost cost_of(const ExpertArguments& a) {
  const ExpertMatrices& expert = a.experts_E[0];
  const double slots = double{1} * a.num_tokens * a.num_chosen;
  const double weights =
      bytes_of(*expert.gate_FD) + bytes_of(*expert.up_FD) + bytes_of(*expert.down_DF);
  const double rows = (slots + a.num_tokens * (a.shared_TD.data ? 2.0 : 1.0)) * a.hidden_size +
                      slots * (a.hidden_size + 2.0 * a.inner_size);
  return {
      .bytes = experts_chosen(a.num_experts, a.num_chosen, a.num_tokens) * weights + rows * kFloat,
      .products = slots * 6.0 * a.hidden_size * a.inner_size,
      .operations = slots * (6.0 * a.inner_size + 2.0 * a.hidden_size)};
}

OpCost cost_of(const ChooseTokensArguments& a) {
  return element_wise(double{1} * a.num_rows * a.vocab_size, 1, 25);
}

}  // namespace jangwon::runtime
