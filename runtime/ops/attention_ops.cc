// Work is cut into tiles of some queries of one sequence that share keys. Scores of a tile are one matrix product over
// the blocks; the softmax and the weighted sum then run query by query over exactly the keys that it may see, so a
// query's result does not depend on which others share its tile. tests/runtime/ops/attention_ops_test.cc compares with
// double precision, tests/runtime/engine holds batches to single runs.

#include "runtime/ops/attention_ops.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace jangwon::runtime {
namespace {

constexpr float kNoSink = -std::numeric_limits<float>::infinity();
constexpr int kMaxTileRows = 48;
constexpr int64_t kMaxTileScores = 1 << 18;  // floats; long contexts get smaller tiles

// Some tokens of one sequence, some heads that share one key head.
struct Tile {
  const AttentionSequence* sequence = nullptr;
  int first_token = 0;
  int num_tokens = 0;
  int first_head = 0;
  int num_heads = 0;
};

std::vector<Tile> make_tiles(std::span<const AttentionSequence> sequences, int num_heads, int heads_per_tile) {
  std::vector<Tile> tiles;
  for (const AttentionSequence& sequence : sequences) {
    const int64_t keys = sequence.first_position + sequence.num_tokens;
    const int64_t rows = std::clamp<int64_t>(kMaxTileScores / std::max<int64_t>(keys, 1), heads_per_tile, kMaxTileRows);
    const int tokens_per_tile = std::max(1, static_cast<int>(rows) / heads_per_tile);
    for (int token = 0; token < sequence.num_tokens; token += tokens_per_tile) {
      for (int head = 0; head < num_heads; head += heads_per_tile) {
        tiles.push_back({.sequence = &sequence,
                         .first_token = token,
                         .num_tokens = std::min(tokens_per_tile, sequence.num_tokens - token),
                         .first_head = head,
                         .num_heads = std::min(heads_per_tile, num_heads - head)});
      }
    }
  }
  return tiles;
}

// One a thread.
struct Scratch {
  std::vector<const float*> keys;
  std::vector<const float*> values;
  std::vector<float> queries;
  std::vector<float> scores;
};

// What the two kinds of attention differ in, as seen by a tile.
struct TileKind {
  int key_size = 0;
  int window = 0;
  float scale = 1.0f;
  const float* sinks_H = nullptr;
  int64_t key_offset = 0;  // floats from the start of a block
  int64_t value_offset = 0;
  int64_t value_stride = 0;  // 0: values stand transposed
  int value_panels = 0;
  int64_t out_head_size = 0;
};

void attend_tile(const KernelTable& kernels, const TileKind& kind, const Tile& tile, const float* q, int64_t q_stride,
                 float* out, int64_t out_stride) {
  thread_local Scratch scratch;
  const AttentionSequence& sequence = *tile.sequence;
  const int first_position = sequence.first_position + tile.first_token;
  const int last_position = first_position + tile.num_tokens - 1;
  const int first_key = kind.window > 0 ? std::max(0, first_position - kind.window + 1) : 0;
  const int first_block = first_key / kLanes;
  const int num_blocks = last_position / kLanes + 1 - first_block;
  const int rows = tile.num_tokens * tile.num_heads;

  scratch.keys.clear();
  scratch.values.clear();
  for (int block = 0; block < num_blocks; ++block) {
    const float* data = sequence.blocks[static_cast<size_t>(first_block + block)];
    scratch.keys.push_back(data + kind.key_offset);
    scratch.values.push_back(data + kind.value_offset);
  }
  scratch.queries.resize(static_cast<size_t>(rows) * static_cast<size_t>(kind.key_size));
  for (int token = 0; token < tile.num_tokens; ++token) {
    const float* source = q + (sequence.first_row + tile.first_token + token) * q_stride;
    std::memcpy(scratch.queries.data() + static_cast<int64_t>(token) * tile.num_heads * kind.key_size,
                source + static_cast<int64_t>(tile.first_head) * kind.key_size,
                sizeof(float) * static_cast<size_t>(tile.num_heads) * static_cast<size_t>(kind.key_size));
  }
  const int64_t score_stride = static_cast<int64_t>(num_blocks) * kLanes;
  scratch.scores.resize(static_cast<size_t>(rows * score_stride));
  kernels.f32_f32w_gemm({.num_rows = rows,
                         .inner = kind.key_size,
                         .num_panels = num_blocks,
                         .x = scratch.queries.data(),
                         .x_stride = kind.key_size,
                         .panels = scratch.keys.data(),
                         .y = scratch.scores.data(),
                         .y_stride = score_stride});

  const int base = first_block * kLanes;
  float sums[kMaxTileRows];
  for (int token = 0; token < tile.num_tokens; ++token) {
    const int position = first_position + token;
    const int first = (kind.window > 0 ? std::max(0, position - kind.window + 1) : 0) - base;
    const int last = position + 1 - base;
    float* scores = scratch.scores.data() + static_cast<int64_t>(token) * tile.num_heads * score_stride;
    for (int head = 0; head < tile.num_heads; ++head) {
      const float sink = kind.sinks_H ? kind.sinks_H[tile.first_head + head] : kNoSink;
      sums[head] = kernels.f32_softmax(scores + head * score_stride, first, last, kind.scale, sink);
    }
    float* target =
        out + (sequence.first_row + tile.first_token + token) * out_stride + tile.first_head * kind.out_head_size;
    const AttentionValuesArguments arguments{.num_rows = tile.num_heads,
                                             .p = scores,
                                             .p_stride = score_stride,
                                             .first = first,
                                             .last = last,
                                             .blocks = scratch.values.data(),
                                             .value_stride = kind.value_stride,
                                             .num_panels = kind.value_panels,
                                             .out = target,
                                             .out_stride = kind.out_head_size};
    if (kind.value_stride > 0) {
      kernels.f32_attention_values(arguments);
    } else {
      kernels.f32_attention_values_transposed(arguments);
    }
    for (int head = 0; head < tile.num_heads; ++head)
      for (int64_t i = 0; i < kind.out_head_size; ++i)
        target[head * kind.out_head_size + i] /= sums[head];
  }
}

}  // namespace

int64_t GroupedAttention::block_floats() const {
  return static_cast<int64_t>(num_kv_heads) * kLanes * (head_dim + padded(head_dim));
}

void GroupedAttention::store(float* block, int position, const float* key_GK, const float* value_GK) const {
  const int lane = position % kLanes;
  float* values = block + static_cast<int64_t>(num_kv_heads) * head_dim * kLanes;
  for (int64_t i = 0; i < static_cast<int64_t>(num_kv_heads) * head_dim; ++i)
    block[i * kLanes + lane] = key_GK[i];
  for (int head = 0; head < num_kv_heads; ++head)
    std::memcpy(values + (static_cast<int64_t>(head) * kLanes + lane) * padded(head_dim),
                value_GK + static_cast<int64_t>(head) * head_dim, sizeof(float) * static_cast<size_t>(head_dim));
}

void GroupedAttention::attend(const OpContext& context, std::span<const AttentionSequence> sequences,
                              const float* q_THK, int64_t q_stride, float* out_THK, int64_t out_stride) const {
  const int group = num_heads / num_kv_heads;
  const std::vector<Tile> tiles = make_tiles(sequences, num_heads, group);
  const int64_t padded_dim = padded(head_dim);
  context.pool.parallel_for(static_cast<int64_t>(tiles.size()), [&](int64_t task) {
    const Tile& tile = tiles[static_cast<size_t>(task)];
    const int64_t kv_head = tile.first_head / group;
    TileKind kind{
        .key_size = head_dim,
        .window = window,
        .scale = scale,
        .sinks_H = sinks_H,
        .key_offset = kv_head * head_dim * kLanes,
        .value_offset = static_cast<int64_t>(num_kv_heads) * head_dim * kLanes + kv_head * kLanes * padded_dim,
        .value_stride = padded_dim,
        .value_panels = static_cast<int>(padded_dim / kLanes),
        .out_head_size = padded_dim};
    attend_tile(context.kernels, kind, tile, q_THK, q_stride, out_THK, out_stride);
  });
}

int64_t LatentAttention::block_floats() const {
  return std::max<int64_t>(key_size(), padded(latent_size)) * kLanes;
}

void LatentAttention::store(float* block, int position, const float* key) const {
  for (int i = 0; i < key_size(); ++i)
    block[i * kLanes + position % kLanes] = key[i];
}

void LatentAttention::attend(const OpContext& context, std::span<const AttentionSequence> sequences, const float* q,
                             int64_t q_stride, float* out, int64_t out_stride) const {
  const std::vector<Tile> tiles = make_tiles(sequences, num_heads, std::min(num_heads, 16));
  const TileKind kind{.key_size = key_size(),
                      .window = 0,
                      .scale = scale,
                      .sinks_H = nullptr,
                      .key_offset = 0,
                      .value_offset = 0,
                      .value_stride = 0,
                      .value_panels = static_cast<int>(padded(latent_size) / kLanes),
                      .out_head_size = padded(latent_size)};
  context.pool.parallel_for(static_cast<int64_t>(tiles.size()), [&](int64_t task) {
    attend_tile(context.kernels, kind, tiles[static_cast<size_t>(task)], q, q_stride, out, out_stride);
  });
}

}  // namespace jangwon::runtime
