// A task is one token: its heads are the rows of a product with some blocks of keys at a time,
// whose results are added up head by head for every key. So a score depends on the token and the
// key alone. Tests: tests/runtime/ops/indexer_test.cc.

#include "runtime/kernels/cpu/cpu_indexer.h"

#include <limits>
#include <numeric>

#include "runtime/kernels/cpu/cpu_context.h"
#include "runtime/ops/kv_block_layout.h"

namespace jangwon::runtime {
namespace {

constexpr int kBlocksAtATime = 64;
constexpr float kLowest = -std::numeric_limits<float>::infinity();

// totals[key] = Σ_h weights[h] · max(0, scores[h, key]), in the order of the heads.
void add_up_heads(const float* scores, int64_t stride, const float* weights_H, int num_heads,
                  int num_keys, float* totals) {
  std::fill_n(totals, num_keys, 0.0f);
  for (int head = 0; head < num_heads; ++head) {
    const float* of_head = scores + head * stride;
    const float weight = weights_H[head];
    for (int key = 0; key < num_keys; ++key)
      totals[key] += weight * (of_head[key] < 0.0f ? 0.0f : of_head[key]);
  }
}

// Scores of the keys [0, num_keys), and of as many more as their last block holds.
void score_keys(const LaneKernels& lanes, const ChooseKeysArguments& a, int sequence, int64_t row,
                int num_keys, CpuScratch& scratch) {
  const int64_t offset = kv_block_layout_of(a.shape).index_keys_offset;
  const int num_blocks = (num_keys + kBlockTokens - 1) / kBlockTokens;
  constexpr int64_t kStride = int64_t{kBlocksAtATime} * kBlockTokens;
  scratch.scores.resize(static_cast<size_t>(a.num_heads * kStride));
  scratch.choice.resize(static_cast<size_t>(num_blocks) * kBlockTokens);
  for (int first = 0; first < num_blocks; first += kBlocksAtATime) {
    const int count = std::min(kBlocksAtATime, num_blocks - first);
    scratch.key_blocks.clear();
    for (int block = first; block < first + count; ++block) {
      const int32_t id = a.cache.page_table[sequence * a.cache.page_stride + block];
      scratch.key_blocks.push_back(
          reinterpret_cast<const float*>(a.cache.blocks + id * a.cache.block_bytes + offset));
    }
    lanes.f32_f32w_gemm({.num_rows = a.num_heads,
                         .inner = a.shape.index_key_size,
                         .num_panels = count,
                         .x = a.q.row(row),
                         .x_stride = a.shape.index_key_size,
                         .panels = scratch.key_blocks.data(),
                         .y = scratch.scores.data(),
                         .y_stride = kStride});
    add_up_heads(scratch.scores.data(), kStride, a.weights.row(row), a.num_heads,
                 count * kBlockTokens, scratch.choice.data() + int64_t{first} * kBlockTokens);
  }
}

void choose_for_token(const LaneKernels& lanes, const ChooseKeysArguments& a, int sequence,
                      int64_t row, int position, CpuScratch& scratch) {
  uint16_t* masks = a.masks + row * a.stride;
  std::fill_n(masks, a.stride, uint16_t{0});
  const int num_keys = position + 1;
  const auto see = [&](int key) {
    masks[key / kBlockTokens] =
        static_cast<uint16_t>(masks[key / kBlockTokens] | 1u << (key % kBlockTokens));
  };
  if (num_keys <= a.num_chosen) {
    for (int key = 0; key < num_keys; ++key)
      see(key);
    return;
  }
  score_keys(lanes, a, sequence, row, num_keys, scratch);
  float* scores = scratch.choice.data();
  for (int key = 0; key < num_keys; ++key)
    if (!(scores[key] == scores[key])) scores[key] = kLowest;  // NaN has no place in an order
  std::vector<int32_t>& order = scratch.order;
  order.resize(static_cast<size_t>(num_keys));
  std::iota(order.begin(), order.end(), 0);
  std::nth_element(order.begin(), order.begin() + a.num_chosen, order.end(),
                   [&](int32_t x, int32_t y) {
                     return scores[x] > scores[y] || (scores[x] == scores[y] && x < y);
                   });
  for (int i = 0; i < a.num_chosen; ++i)
    see(order[static_cast<size_t>(i)]);
}

}  // namespace

int64_t cpu_indexer_scratch_floats(int num_heads, int64_t context_tokens) {
  if (num_heads == 0) return 0;
  // A score and a place in the order for each key, and products with some blocks.
  return int64_t{num_heads} * kBlocksAtATime * kBlockTokens + 2 * (context_tokens + kBlockTokens);
}

void cpu_choose_keys(OpContext& context, const ChooseKeysArguments& a) {
  struct Token {
    int sequence;
    int64_t row;
    int position;
  };
  std::vector<Token> tokens;
  for (int s = 0; s < a.num_sequences; ++s)
    for (int i = 0; i < a.sequences[s].num_tokens; ++i)
      tokens.push_back(
          {s, int64_t{a.sequences[s].first_row} + i, a.sequences[s].first_position + i});
  CpuContext& cpu = as_cpu(context);
  cpu.for_tasks(static_cast<int64_t>(tokens.size()), [&](int64_t task, CpuScratch& scratch) {
    const Token& token = tokens[static_cast<size_t>(task)];
    choose_for_token(cpu.lanes, a, token.sequence, token.row, token.position, scratch);
  });
}

}  // namespace jangwon::runtime
