// A task is some blocks and some heads: the blocks' latents become rows once, then every head's
// keys and values are two products over them, which go into blocks while they are still in the
// cache of the processor. Tests: tests/runtime/ops/latents_test.cc.

#include "runtime/kernels/cpu/cpu_latents.h"

#include <algorithm>
#include <cstring>

#include "runtime/kernels/cpu/cpu_context.h"
#include "runtime/kernels/cpu/cpu_kv_block.h"
#include "runtime/kernels/cpu/cpu_matrix.h"
#include "runtime/kernels/cpu/task_sizes.h"
#include "runtime/ops/kv_block_layout.h"

namespace jangwon::runtime {
namespace {

constexpr int kBlocksPerTask = 8;
constexpr int kRowsPerTask = kBlocksPerTask * kBlockTokens;

// [tokens, key_size] floats of one block of the cache.
void read_block(const LaneKernels& lanes, const AttentionShape& latent, const std::byte* block,
                Rows rows) {
  if (latent.cache_dtype == DType::kF32) {
    const float* keys = reinterpret_cast<const float*>(block);
    for (int64_t i = 0; i < latent.key_size; ++i)
      for (int64_t token = 0; token < kBlockTokens; ++token)
        rows.row(token)[i] = keys[i * kBlockTokens + token];
    return;
  }
  PanelOfPairs of_components;
  PanelOfPairs of_tokens;
  const int64_t num_pairs = (latent.key_size + 1) / 2;
  for (int64_t pair = 0; pair < num_pairs; pair += kPairsOfPanel) {
    const int64_t count = std::min<int64_t>(kPairsOfPanel, num_pairs - pair);
    std::memcpy(of_components.bytes(), block + pair * kKeyPairBytes,
                static_cast<size_t>(count * kKeyPairBytes));
    lanes.turn_pairs(of_components.bytes(), of_tokens.bytes());
    const int64_t size = std::min<int64_t>(kPanelWidth, latent.key_size - 2 * pair);
    for (int64_t i = 0; i < kPairsOfPanel; ++i) {
      const uint32_t* both = of_tokens.pairs[i];
      float* even = rows.row(2 * i) + 2 * pair;
      float* odd = rows.row(2 * i + 1) + 2 * pair;
      for (int64_t k = 0; k < size; ++k) {
        const uint32_t low = both[k] << 16;
        const uint32_t high = both[k] & 0xffff0000u;
        std::memcpy(even + k, &low, sizeof(float));
        std::memcpy(odd + k, &high, sizeof(float));
      }
    }
  }
}

void write_keys(const LaneKernels& lanes, const AttentionShape& expanded, ConstRows rows,
                std::byte* keys, CpuScratch& scratch) {
  if (expanded.cache_dtype == DType::kF32) {
    float* floats = reinterpret_cast<float*>(keys);
    for (int64_t i = 0; i < expanded.key_size; ++i)
      for (int64_t token = 0; token < kBlockTokens; ++token)
        floats[i * kBlockTokens + token] = rows.row(token)[i];
    return;
  }
  write_bf16_keys(lanes, rows, expanded.key_size, keys, scratch.rounded_between);
}

void write_values(const LaneKernels& lanes, const AttentionShape& expanded, ConstRows rows,
                  std::byte* values, CpuScratch& scratch) {
  const int64_t stride = padded(expanded.value_size);
  if (expanded.cache_dtype == DType::kF32) {
    for (int64_t token = 0; token < kBlockTokens; ++token)
      std::memcpy(values + token * stride * static_cast<int64_t>(sizeof(float)), rows.row(token),
                  static_cast<size_t>(expanded.value_size) * sizeof(float));
    return;
  }
  write_bf16_values(lanes, rows, expanded.value_size, values, scratch.rounded_between);
}

// Floats between the rows of a head's keys or values: whole panels of products, or the key with its
// rotary part.
int64_t product_stride_of(const AttentionShape& expanded) {
  return padded(std::max(expanded.key_size, expanded.value_size));
}

void expand_task(const CpuContext& cpu, const ExpandLatentsArguments& a, int first_block, int count,
                 int first_head, int num_heads, CpuScratch& scratch) {
  const KvBlockLayout layout = kv_block_layout_of(a.expanded);
  const int64_t rank = a.latent.value_size;
  const int64_t rotary = a.latent.key_size - rank;
  const int64_t nope = a.expanded.key_size - rotary;
  const int num_rows = count * kBlockTokens;
  const int64_t stride = padded(a.latent.key_size);
  grow(scratch.queries, kRowsPerTask * stride);
  const Rows latents = {scratch.queries.data(), stride};
  for (int i = 0; i < count; ++i)
    read_block(cpu.lanes, a.latent,
               a.cache.blocks + a.block_ids[first_block + i] * a.cache.block_bytes,
               {latents.row(i * kBlockTokens), stride});
  ProductInputs inputs = {.floats = latents};
  inputs.rounded = round_into(scratch.rounded_rows, cpu.lanes, latents, num_rows, rank);

  const int64_t product_stride = product_stride_of(a.expanded);
  grow(scratch.products, kRowsPerTask * product_stride);
  const Rows products = {scratch.products.data(), product_stride};
  const auto multiply = [&](const PackedMatrix& weight) {
    const CpuMatrix& matrix = as_cpu(weight);
    matrix.multiply_panels(cpu, inputs, num_rows, 0, matrix.num_panels(), products, scratch);
  };
  for (int head = first_head; head < first_head + num_heads; ++head) {
    std::byte* blocks = a.blocks + first_block * layout.block_bytes;
    multiply(*a.keys_H[head]);
    for (int row = 0; row < num_rows; ++row)
      std::memcpy(products.row(row) + nope, latents.row(row) + rank,
                  static_cast<size_t>(rotary) * sizeof(float));
    for (int i = 0; i < count; ++i)
      write_keys(cpu.lanes, a.expanded, {products.row(i * kBlockTokens), product_stride},
                 blocks + i * layout.block_bytes + head * layout.key_bytes, scratch);
    multiply(*a.values_H[head]);
    for (int i = 0; i < count; ++i)
      write_values(
          cpu.lanes, a.expanded, {products.row(i * kBlockTokens), product_stride},
          blocks + i * layout.block_bytes + layout.values_offset + head * layout.value_bytes,
          scratch);
  }
}

}  // namespace

int64_t cpu_latents_scratch_bytes(const AttentionShape& latent, const AttentionShape& expanded) {
  const int64_t product_stride = product_stride_of(expanded);
  return kRowsPerTask * (padded(latent.key_size) + product_stride) *
             static_cast<int64_t>(sizeof(float)) +
         row_buffer_bytes(kRowsPerTask, latent.value_size) +
         row_buffer_bytes(kBlockTokens, product_stride);
}

void cpu_expand_latents(OpContext& context, const ExpandLatentsArguments& a) {
  CpuContext& cpu = as_cpu(context);
  const int heads = a.expanded.num_kv_heads;
  const int runs = (a.num_blocks + kBlocksPerTask - 1) / kBlocksPerTask;
  const int heads_per_task =
      std::clamp(runs * heads / (kTasksPerThread * cpu.num_threads), 1, heads);
  const int head_parts = (heads + heads_per_task - 1) / heads_per_task;
  cpu.for_tasks(int64_t{runs} * head_parts, [&](int64_t task, CpuScratch& scratch) {
    const int first_block = static_cast<int>(task / head_parts) * kBlocksPerTask;
    const int first_head = static_cast<int>(task % head_parts) * heads_per_task;
    expand_task(cpu, a, first_block, std::min(kBlocksPerTask, a.num_blocks - first_block),
                first_head, std::min(heads_per_task, heads - first_head), scratch);
  });
}

}  // namespace jangwon::runtime
