// Work is cut into tiles of some queries of one sequence that share keys. Scores of a tile are one
// matrix product over the blocks; the softmax and the weighted sum then run query by query over
// exactly the keys that it may see, so a query's result does not depend on which others share its
// tile. tests/runtime/ops/attention_test.cc compares with double precision, tests/runtime/engine
// holds batches to single runs.

#include "runtime/kernels/cpu/cpu_attention.h"

#include <cstring>
#include <limits>

#include "runtime/kernels/cpu/cpu_context.h"
#include "runtime/kernels/cpu/cpu_delta.h"
#include "runtime/kernels/cpu/cpu_experts.h"
#include "runtime/kernels/cpu/cpu_indexer.h"
#include "runtime/kernels/cpu/cpu_kv_block.h"
#include "runtime/kernels/cpu/cpu_latents.h"
#include "runtime/kernels/cpu/cpu_matrix.h"
#include "runtime/ops/kv_block_layout.h"

namespace jangwon::runtime {
namespace {

constexpr float kNoSink = -std::numeric_limits<float>::infinity();
constexpr int kMaxTileRows = 64;
constexpr int64_t kMaxTileScores = 1 << 18;  // floats; long contexts get smaller tiles
constexpr int kLatentHeadsPerTile = 16;
constexpr int kFewestLatentHeads = 4;  // keys are read once a tile

// Some tokens of one sequence, some heads that share one key head.
struct Tile {
  int sequence = 0;
  int first_token = 0;
  int num_tokens = 0;
  int first_head = 0;
  int num_heads = 0;
};

int heads_per_tile_of(const AttentionShape& shape) {
  if (shape.kind == AttentionKind::kLatent) return std::min(shape.num_heads, kLatentHeadsPerTile);
  return std::min(shape.num_heads / shape.num_kv_heads, kMaxTileRows);
}

// The same, but of a few tokens so many fewer heads that every thread has a tile.
int heads_per_tile_for(const AttendArguments& a, int num_threads) {
  int heads = heads_per_tile_of(a.shape);
  if (a.shape.kind != AttentionKind::kLatent) return heads;
  int num_tokens = 0;
  for (int s = 0; s < a.num_sequences; ++s)
    num_tokens += a.sequences[s].num_tokens;
  while (heads > kFewestLatentHeads &&
         num_tokens * ((a.shape.num_heads + heads - 1) / heads) < num_threads)
    heads = (heads + 1) / 2;
  return heads;
}

std::vector<Tile> make_tiles(const AttendArguments& a, int heads_per_tile) {
  std::vector<Tile> tiles;
  const int group = a.shape.num_heads / a.shape.num_kv_heads;
  for (int s = 0; s < a.num_sequences; ++s) {
    const SequenceRows& sequence = a.sequences[s];
    const int64_t keys = sequence.first_position + sequence.num_tokens;
    const int64_t rows = std::clamp<int64_t>(kMaxTileScores / std::max<int64_t>(keys, 1),
                                             heads_per_tile, kMaxTileRows);
    const int tokens_per_tile = std::max(1, static_cast<int>(rows) / heads_per_tile);
    // A head's keys and values are read by all of its tiles before the next head's are.
    for (int head = 0; head < a.shape.num_heads;) {
      const int num_heads = std::min(heads_per_tile, group - head % group);
      for (int token = 0; token < sequence.num_tokens; token += tokens_per_tile) {
        tiles.push_back({.sequence = s,
                         .first_token = token,
                         .num_tokens = std::min(tokens_per_tile, sequence.num_tokens - token),
                         .first_head = head,
                         .num_heads = num_heads});
      }
      head += num_heads;
    }
  }
  return tiles;
}

std::byte* block_of(const PagedKv& cache, int64_t sequence, int64_t index) {
  const int32_t id = cache.page_table[sequence * cache.page_stride + index];
  return cache.blocks + id * cache.block_bytes;
}

// The blocks [first, last) of which some token of the tile sees a key: all where no keys
// were chosen. What is left out would count nothing, so the results are those of all
// blocks, bit for bit.
void find_seen_blocks(const AttendArguments& a, const Tile& tile, int first, int last,
                      std::vector<int32_t>& seen) {
  seen.clear();
  for (int block = first; block < last; ++block) {
    bool any = a.chosen.masks == nullptr;
    for (int token = 0; !any && token < tile.num_tokens; ++token) {
      const int64_t row = a.sequences[tile.sequence].first_row + tile.first_token + token;
      any = a.chosen.masks[row * a.chosen.stride + block] != 0;
    }
    if (any) seen.push_back(block);
  }
}

// Scores of keys that were not chosen become minus infinity.
void hide_keys(const uint16_t* masks, const std::vector<int32_t>& blocks, float* scores) {
  for (size_t i = 0; i < blocks.size(); ++i) {
    const uint16_t mask = masks[blocks[i]];
    for (int lane = 0; lane < kBlockTokens; ++lane)
      if ((mask >> lane & 1) == 0) scores[i * kBlockTokens + static_cast<size_t>(lane)] = kNoSink;
  }
}

// Where the keys before `end` stop among those of `blocks`.
int end_among(const std::vector<int32_t>& blocks, int end) {
  const auto after =
      std::lower_bound(blocks.begin(), blocks.end(), (end + kBlockTokens - 1) / kBlockTokens);
  const int count = static_cast<int>(after - blocks.begin());
  const bool cut = count > 0 && blocks[static_cast<size_t>(count) - 1] == end / kBlockTokens;
  return count * kBlockTokens - (cut ? kBlockTokens - end % kBlockTokens : 0);
}

int first_visible_key(const AttentionShape& shape, int position) {
  return shape.window > 0 ? std::max(shape.first_key, position - shape.window + 1)
                          : shape.first_key;
}

// [tokens, heads, key_size], as the rows of one product.
void gather_queries(const AttendArguments& a, const Tile& tile, std::vector<float>& queries) {
  const int64_t head_floats = int64_t{tile.num_heads} * a.shape.key_size;
  queries.resize(static_cast<size_t>(tile.num_tokens * head_floats));
  for (int token = 0; token < tile.num_tokens; ++token) {
    const float* source = a.q.row(a.sequences[tile.sequence].first_row + tile.first_token + token);
    std::memcpy(queries.data() + token * head_floats,
                source + int64_t{tile.first_head} * a.shape.key_size,
                sizeof(float) * static_cast<size_t>(head_floats));
  }
}

void attend_tile(const LaneKernels& lanes, const AttendArguments& a, const Tile& tile,
                 int64_t kv_head, CpuScratch& scratch) {
  const AttentionShape& shape = a.shape;
  const KvBlockLayout layout = kv_block_layout_of(shape);
  const bool latent = shape.kind == AttentionKind::kLatent;
  const SequenceRows& sequence = a.sequences[tile.sequence];
  const int first_position = sequence.first_position + tile.first_token;
  const int last_position = first_position + tile.num_tokens - 1;
  const int first_key = first_visible_key(shape, first_position);
  const int first_block = first_key / kBlockTokens;
  const std::vector<int32_t>& blocks = scratch.order;
  find_seen_blocks(a, tile, first_block, last_position / kBlockTokens + 1, scratch.order);
  const int num_blocks = static_cast<int>(blocks.size());
  const int rows = tile.num_tokens * tile.num_heads;

  scratch.key_blocks.clear();
  scratch.value_blocks.clear();
  for (const int32_t block : blocks) {
    const std::byte* data = block_of(a.cache, tile.sequence, block);
    const std::byte* values =
        latent ? data : data + layout.values_offset + kv_head * layout.value_bytes;
    scratch.key_blocks.push_back(reinterpret_cast<const float*>(data + kv_head * layout.key_bytes));
    scratch.value_blocks.push_back(reinterpret_cast<const float*>(values));
  }
  gather_queries(a, tile, scratch.queries);
  const int64_t score_stride = int64_t{num_blocks} * kBlockTokens;
  scratch.scores.resize(static_cast<size_t>(rows * score_stride));
  lanes.f32_f32w_gemm({.num_rows = rows,
                       .inner = shape.key_size,
                       .num_panels = num_blocks,
                       .x = scratch.queries.data(),
                       .x_stride = shape.key_size,
                       .panels = scratch.key_blocks.data(),
                       .y = scratch.scores.data(),
                       .y_stride = score_stride});

  const int base = first_block * kBlockTokens;
  const int64_t product_stride = padded(shape.value_size);
  grow(scratch.products, tile.num_heads * product_stride);
  float sums[kMaxTileRows];
  for (int token = 0; token < tile.num_tokens; ++token) {
    const int position = first_position + token;
    const int first = first_visible_key(shape, position) - base;
    const int last = end_among(blocks, position + 1);
    float* scores = scratch.scores.data() + int64_t{token} * tile.num_heads * score_stride;
    for (int head = 0; head < tile.num_heads; ++head) {
      if (a.chosen.masks) {
        const int64_t row = sequence.first_row + tile.first_token + token;
        hide_keys(a.chosen.masks + row * a.chosen.stride, blocks, scores + head * score_stride);
      }
      const float sink = shape.sinks_H ? shape.sinks_H[tile.first_head + head] : kNoSink;
      sums[head] = lanes.f32_softmax(scores + head * score_stride, first, last, shape.scale, sink);
    }
    const AttentionValuesArguments arguments{
        .num_rows = tile.num_heads,
        .p = scores,
        .p_stride = score_stride,
        .first = first,
        .last = last,
        .blocks = scratch.value_blocks.data(),
        .value_stride = product_stride,
        .num_panels = static_cast<int>(product_stride / kVectorLanes),
        .out = scratch.products.data(),
        .out_stride = product_stride};
    if (latent) {
      lanes.f32_attention_values_transposed(arguments);
    } else {
      lanes.f32_attention_values(arguments);
    }
    float* target = a.out.row(sequence.first_row + tile.first_token + token) +
                    int64_t{tile.first_head} * shape.value_size;
    for (int head = 0; head < tile.num_heads; ++head)
      for (int i = 0; i < shape.value_size; ++i)
        target[int64_t{head} * shape.value_size + i] =
            scratch.products[static_cast<size_t>(head * product_stride + i)] / sums[head];
  }
}

// --- over a cache in bf16 ---

// Of values at a time: latents stay in the cache between being turned and being read, and the sums
// of some components need not wait for the end of those before them.
constexpr int kValueBlocks = 8;
constexpr int kShortTileRows = 16;
constexpr int kAskedBlocks = 4;  // of a short tile at a time, while the next ones are on their way
constexpr int64_t kAskedBytes = 512;
constexpr int64_t kPageBytes = 4096;

// The panels of the latents of blocks [first, first + count), as values; pointers to each block in
// scratch.value_blocks.
void turn_latents(const LaneKernels& lanes, const AttentionShape& shape, int first, int count,
                  CpuScratch& scratch) {
  const int64_t num_panels = padded(shape.value_size) / kVectorLanes;
  scratch.turned.resize(static_cast<size_t>(kValueBlocks * num_panels * kValuePanelBytes));
  scratch.bf16_values.clear();
  for (int i = 0; i < count; ++i) {
    std::byte* target = scratch.turned.data() + i * num_panels * kValuePanelBytes;
    const std::byte* latents = scratch.bf16_keys[static_cast<size_t>(first + i)];
    for (int64_t panel = 0; panel < num_panels; ++panel)
      lanes.turn_pairs(latents + panel * kValuePanelBytes, target + panel * kValuePanelBytes);
    scratch.bf16_values.push_back(target);
  }
}

// The queries of a tile, rounded: a row for each head of each token.
RoundedRows round_queries(const LaneKernels& lanes, const AttendArguments& a, const Tile& tile,
                          std::vector<uint16_t>& room) {
  const int key_size = a.shape.key_size;
  const int64_t stride = chain_row_size(key_size);
  const int64_t rows = int64_t{tile.num_tokens} * tile.num_heads;
  grow(room, rows * stride);
  uint16_t* row = room.data();
  for (int token = 0; token < tile.num_tokens; ++token) {
    const float* query = a.q.row(a.sequences[tile.sequence].first_row + tile.first_token + token) +
                         int64_t{tile.first_head} * key_size;
    for (int head = 0; head < tile.num_heads; ++head, query += key_size, row += stride)
      lanes.round_row(query, key_size, row);
  }
  return {room.data(), stride};
}

// Asks for the beginnings of the pages of blocks [first, first + count): memory answers late, and
// the processor reads ahead by itself only within a page that it has seen some of.
void ask_for(const std::vector<const std::byte*>& blocks, int first, int count, int64_t bytes) {
  const int end = std::min(first + count, static_cast<int>(blocks.size()));
  for (int block = first; block < end; ++block)
    for (int64_t page = 0; page < bytes; page += kPageBytes)
      for (int64_t line = 0; line < kAskedBytes; line += 64)
        __builtin_prefetch(blocks[static_cast<size_t>(block)] + page + line);
}

// A tile over a bf16 cache, and what it sees of it: blocks scratch.order, whose keys and values are
// scratch.bf16_keys and, but for latents, scratch.bf16_values.
struct SeenTile {
  const AttendArguments& arguments;
  const Tile& tile;
  KvBlockLayout layout;
  bool latent;
  int first_position;
  int first_block;
  int num_blocks;
  int num_rows;  // a head of a token each
  // Of a few rows the time is that of reading the blocks. Latents are left alone: they are many
  // pages a block, and asking for all of them costs more than it saves where caches hold them.
  bool is_short;

  int64_t score_stride() const { return int64_t{num_blocks} * kBlockTokens; }
};

SeenTile see(const AttendArguments& a, const Tile& tile, int64_t kv_head, CpuScratch& scratch) {
  const AttentionShape& shape = a.shape;
  const KvBlockLayout layout = kv_block_layout_of(shape);
  const bool latent = shape.kind == AttentionKind::kLatent;
  const int first_position = a.sequences[tile.sequence].first_position + tile.first_token;
  const int last_position = first_position + tile.num_tokens - 1;
  const int first_block = first_visible_key(shape, first_position) / kBlockTokens;
  find_seen_blocks(a, tile, first_block, last_position / kBlockTokens + 1, scratch.order);
  scratch.bf16_keys.clear();
  scratch.bf16_values.clear();
  for (const int32_t block : scratch.order) {
    const std::byte* data = block_of(a.cache, tile.sequence, block);
    scratch.bf16_keys.push_back(data + kv_head * layout.key_bytes);
    if (!latent)
      scratch.bf16_values.push_back(data + layout.values_offset + kv_head * layout.value_bytes);
  }
  const int rows = tile.num_tokens * tile.num_heads;
  return {.arguments = a,
          .tile = tile,
          .layout = layout,
          .latent = latent,
          .first_position = first_position,
          .first_block = first_block,
          .num_blocks = static_cast<int>(scratch.order.size()),
          .num_rows = rows,
          .is_short = !latent && rows <= kShortTileRows};
}

// Products of the tile's queries with all keys of its blocks, into scratch.scores.
void score_keys(const CpuContext& cpu, const SeenTile& seen, CpuScratch& scratch) {
  const AttendArguments& a = seen.arguments;
  scratch.scores.resize(static_cast<size_t>(seen.num_rows * seen.score_stride()));
  const RoundedRows queries = round_queries(cpu.lanes, a, seen.tile, scratch.rounded_rows);
  const int step = seen.is_short ? kAskedBlocks : seen.num_blocks;
  if (seen.is_short) ask_for(scratch.bf16_keys, 0, step, seen.layout.key_bytes);
  for (int block = 0; block < seen.num_blocks; block += step) {
    const int next = block + step;
    if (seen.is_short) ask_for(scratch.bf16_keys, next, step, seen.layout.key_bytes);
    if (seen.is_short && next >= seen.num_blocks)
      ask_for(scratch.bf16_values, 0, kAskedBlocks, seen.layout.value_bytes);
    cpu.chain_gemm({.num_rows = seen.num_rows,
                    .inner = a.shape.key_size,
                    .num_panels = std::min(step, seen.num_blocks - block),
                    .x = queries.data,
                    .x_stride = queries.stride,
                    .panels = scratch.bf16_keys.data() + block,
                    .y = scratch.scores.data() + int64_t{block} * kBlockTokens,
                    .y_stride = seen.score_stride(),
                    .work = scratch.chain_work.data()});
  }
}

// Scores to numerators of probabilities, in place, and their sums, by row.
void make_probabilities(const CpuContext& cpu, const SeenTile& seen, CpuScratch& scratch,
                        float* sums) {
  const AttendArguments& a = seen.arguments;
  const AttentionShape& shape = a.shape;
  const Tile& tile = seen.tile;
  const std::vector<int32_t>& blocks = scratch.order;
  for (int token = 0; token < tile.num_tokens; ++token) {
    const int position = seen.first_position + token;
    const int first = first_visible_key(shape, position) - seen.first_block * kBlockTokens;
    const int last = end_among(blocks, position + 1);
    for (int head = 0; head < tile.num_heads; ++head) {
      const int row = token * tile.num_heads + head;
      float* scores = scratch.scores.data() + row * seen.score_stride();
      if (a.chosen.masks) {
        const int64_t masks_row = a.sequences[tile.sequence].first_row + tile.first_token + token;
        hide_keys(a.chosen.masks + masks_row * a.chosen.stride, blocks, scores);
      }
      const float sink = shape.sinks_H ? shape.sinks_H[tile.first_head + head] : kNoSink;
      sums[row] = cpu.lanes.f32_softmax(scores, first, last, shape.scale, sink);
      // What this query does not see of the tile's blocks has no probability.
      std::fill(scores, scores + first, 0.0f);
      std::fill(scores + last, scores + seen.score_stride(), 0.0f);
    }
  }
}

// Sums of values by those numerators, `stride` floats a row of scratch.products.
void add_values(const CpuContext& cpu, const SeenTile& seen, int64_t stride, CpuScratch& scratch) {
  grow(scratch.products, seen.num_rows * stride);
  const int step = seen.is_short ? kAskedBlocks : kValueBlocks;
  for (int block = 0; block < seen.num_blocks; block += step) {
    const int count = std::min(step, seen.num_blocks - block);
    if (seen.latent) turn_latents(cpu.lanes, seen.arguments.shape, block, count, scratch);
    if (seen.is_short) ask_for(scratch.bf16_values, block + step, step, seen.layout.value_bytes);
    cpu.chain_values({.num_rows = seen.num_rows,
                      .p = scratch.scores.data() + int64_t{block} * kBlockTokens,
                      .p_stride = seen.score_stride(),
                      .num_blocks = count,
                      .blocks = scratch.bf16_values.data() + (seen.latent ? 0 : block),
                      .num_panels = static_cast<int>(stride / kVectorLanes),
                      .out = scratch.products.data(),
                      .out_stride = stride,
                      .continues = block > 0,
                      .work = scratch.chain_work.data()});
  }
}

void attend_tile_bf16(const CpuContext& cpu, const AttendArguments& a, const Tile& tile,
                      int64_t kv_head, CpuScratch& scratch) {
  const AttentionShape& shape = a.shape;
  const SeenTile seen = see(a, tile, kv_head, scratch);
  grow(scratch.chain_work,
       std::max(chain_work_bytes(shape.key_size), chain_work_bytes(seen.score_stride())));
  score_keys(cpu, seen, scratch);
  float sums[kMaxTileRows];
  make_probabilities(cpu, seen, scratch, sums);
  const int64_t product_stride = padded(shape.value_size);
  add_values(cpu, seen, product_stride, scratch);
  for (int row = 0; row < seen.num_rows; ++row) {
    const int token = tile.first_token + row / tile.num_heads;
    const int head = tile.first_head + row % tile.num_heads;
    cpu.lanes.f32_divide(
        scratch.products.data() + row * product_stride, sums[row], shape.value_size,
        a.out.row(a.sequences[tile.sequence].first_row + token) + int64_t{head} * shape.value_size);
  }
}

void store_index_key(const AppendKvArguments& a, int64_t row, int64_t lane, float* index_keys) {
  for (int64_t i = 0; i < a.shape.index_key_size; ++i)
    index_keys[i * kBlockTokens + lane] = a.index_k.row(row)[i];
}

// The lines of one head that a token's key and value go to, one a pair of components.
void ask_for_lines(const AttentionShape& shape, const KvBlockLayout& layout, std::byte* block,
                   int64_t head, int64_t lane) {
  std::byte* keys = block + head * layout.key_bytes;
  for (int64_t i = 0; i < shape.key_size; i += 2)
    __builtin_prefetch(keys + i / 2 * kKeyPairBytes, 1);
  std::byte* values = block + layout.values_offset + head * layout.value_bytes;
  for (int64_t byte = 0; byte < layout.value_bytes; byte += kValuePanelBytes)
    __builtin_prefetch(values + byte + lane / 2 * kKeyPairBytes, 1);
}

void store_token_bf16(const LaneKernels& lanes, const AppendKvArguments& a, int64_t row,
                      int64_t lane, std::byte* block, CpuScratch& scratch) {
  const AttentionShape& shape = a.shape;
  const KvBlockLayout layout = kv_block_layout_of(shape);
  ask_for_lines(shape, layout, block, 0, lane);
  for (int64_t head = 0; head < shape.num_kv_heads; ++head) {
    if (head + 1 < shape.num_kv_heads) ask_for_lines(shape, layout, block, head + 1, lane);
    const uint16_t* key =
        round_into(scratch.rounded_rows, lanes,
                   {a.k.row(row) + head * shape.key_size, shape.key_size}, 1, shape.key_size)
            .data;
    std::byte* keys = block + head * layout.key_bytes + lane * 4;
    for (int64_t i = 0; i < shape.key_size; i += 2)
      std::memcpy(keys + i / 2 * kKeyPairBytes, key + i, 4);
    if (shape.kind == AttentionKind::kLatent) continue;
    const uint16_t* value =
        round_into(scratch.rounded_rows, lanes,
                   {a.v.row(row) + head * shape.value_size, shape.value_size}, 1, shape.value_size)
            .data;
    std::byte* values = block + layout.values_offset + head * layout.value_bytes +
                        lane / 2 * kKeyPairBytes + lane % 2 * 2;
    for (int64_t i = 0; i < shape.value_size; ++i)
      std::memcpy(values + i / kVectorLanes * kValuePanelBytes + i % kVectorLanes * 4, value + i,
                  2);
  }
  store_index_key(a, row, lane, reinterpret_cast<float*>(block + layout.index_keys_offset));
}

// Sixteen tokens that fill a block: every line of it is written once, whole.
void store_block_bf16(const LaneKernels& lanes, const AppendKvArguments& a, int64_t first_row,
                      std::byte* block, CpuScratch& scratch) {
  const AttentionShape& shape = a.shape;
  const KvBlockLayout layout = kv_block_layout_of(shape);
  for (int64_t head = 0; head < shape.num_kv_heads; ++head) {
    const ConstRows keys = {a.k.row(first_row) + head * shape.key_size, a.k.stride};
    write_bf16_keys(lanes, keys, shape.key_size, block + head * layout.key_bytes,
                    scratch.rounded_rows);
    if (shape.kind == AttentionKind::kLatent) continue;
    const ConstRows values = {a.v.row(first_row) + head * shape.value_size, a.v.stride};
    write_bf16_values(lanes, values, shape.value_size,
                      block + layout.values_offset + head * layout.value_bytes,
                      scratch.rounded_rows);
  }
  for (int64_t lane = 0; lane < kBlockTokens; ++lane)
    store_index_key(a, first_row + lane, lane,
                    reinterpret_cast<float*>(block + layout.index_keys_offset));
}

// The keys of one token into the lane of its position, the values into its row.
void store_token(const AppendKvArguments& a, int64_t row, int64_t lane, std::byte* block) {
  const AttentionShape& shape = a.shape;
  const KvBlockLayout layout = kv_block_layout_of(shape);
  float* keys = reinterpret_cast<float*>(block);
  const float* key = a.k.row(row);
  for (int64_t i = 0; i < int64_t{shape.num_kv_heads} * shape.key_size; ++i)
    keys[i * kBlockTokens + lane] = key[i];
  store_index_key(a, row, lane, reinterpret_cast<float*>(block + layout.index_keys_offset));
  if (shape.kind == AttentionKind::kLatent) return;
  float* values = reinterpret_cast<float*>(block + layout.values_offset);
  const int64_t padded_value = padded(shape.value_size);
  for (int64_t head = 0; head < shape.num_kv_heads; ++head)
    std::memcpy(values + (head * kBlockTokens + lane) * padded_value,
                a.v.row(row) + head * shape.value_size,
                sizeof(float) * static_cast<size_t>(shape.value_size));
}

// Some tokens of one sequence whose keys go into one block.
struct Piece {
  int sequence = 0;
  int begin = 0;
  int end = 0;
};

void store_piece(const LaneKernels& lanes, const AppendKvArguments& a, const Piece& piece,
                 CpuScratch& scratch) {
  const SequenceRows& sequence = a.sequences[piece.sequence];
  const int position = sequence.first_position + piece.begin;
  const int64_t first_row = int64_t{sequence.first_row} + piece.begin;
  const int count = piece.end - piece.begin;
  std::byte* block = block_of(a.cache, piece.sequence, position / kBlockTokens);
  const bool is_bf16 = a.shape.cache_dtype == DType::kBF16;
  if (is_bf16 && count == kBlockTokens)
    return store_block_bf16(lanes, a, first_row, block, scratch);
  for (int i = 0; i < count; ++i) {
    const int64_t lane = position % kBlockTokens + i;
    if (is_bf16) {
      store_token_bf16(lanes, a, first_row + i, lane, block, scratch);
    } else {
      store_token(a, first_row + i, lane, block);
    }
  }
}

}  // namespace

int64_t cpu_scratch_bytes(const ScratchNeeds& needs, int num_threads) {
  const AttentionShape& shape = needs.attention;
  const int64_t blocks = (needs.context_tokens + kBlockTokens - 1) / kBlockTokens;
  const int64_t keys = blocks * kBlockTokens;
  const int64_t heads = heads_per_tile_of(shape);
  const int64_t rows = std::max<int64_t>(heads, kMaxTileRows);
  const int64_t scores =
      std::min(rows * keys, std::max(kMaxTileScores + kBlockTokens * rows, heads * keys));
  const int64_t key_size = std::max(shape.key_size, needs.expanded.key_size);
  const int64_t value_size = std::max(shape.value_size, needs.expanded.value_size);
  const int64_t products =
      std::max(rows * padded(value_size), kHeadRowsPerTask * padded(needs.max_head_rows));
  const int64_t floats = scores + rows * key_size + products + 4 * padded(needs.num_experts) +
                         needs.max_matrix_cols * (kPanelWidth + 1) + blocks +
                         cpu_indexer_scratch_floats(needs.num_index_heads, needs.context_tokens) +
                         cpu_delta_scratch_floats(needs.delta_head_size);
  const int64_t bytes =
      floats * static_cast<int64_t>(sizeof(float)) +
      2 * blocks * static_cast<int64_t>(sizeof(void*)) +
      std::max(gemm_work_bytes(needs.max_matrix_cols), chain_work_bytes(keys)) +
      kValueBlocks * padded(shape.value_size) / kVectorLanes * kValuePanelBytes +
      row_buffer_bytes(std::max<int64_t>(kPanelWidth, kHeadRowsPerTask), needs.max_matrix_cols) +
      row_buffer_bytes(rows, key_size);
  const int64_t latents = needs.expanded.num_heads == 0
                              ? 0
                              : cpu_latents_scratch_bytes(needs.attention, needs.expanded);
  // choose_tokens: a double and a candidate a token, for as long as a row takes.
  const int64_t row_bytes = needs.vocab_size * int64_t{32};
  const int64_t slots = needs.step_tokens * int64_t{needs.num_chosen_experts};
  const int64_t rounded = row_buffer_bytes(needs.step_tokens, needs.max_matrix_cols) +
                          row_buffer_bytes(slots, needs.expert_size);
  // Of the arenas for packed matrices, one of the context and one of each thread that packs.
  const auto largest_matrix = static_cast<size_t>(
      needs.max_matrix_cols * std::max<int64_t>(needs.hidden_size, needs.expert_size) * 2);
  const auto unused = static_cast<int64_t>(MemoryArena::max_unused_bytes(largest_matrix));
  const int64_t experts = cpu_experts_scratch_bytes(needs);
  return (2 * (bytes + latents + experts) + row_bytes) * num_threads + rounded +
         unused * (num_threads + 1);
}

void cpu_append_kv(OpContext& context, const AppendKvArguments& a) {
  std::vector<Piece> pieces;
  for (int s = 0; s < a.num_sequences; ++s) {
    const SequenceRows& sequence = a.sequences[s];
    for (int begin = 0; begin < sequence.num_tokens; begin = pieces.back().end) {
      const int left = kBlockTokens - (sequence.first_position + begin) % kBlockTokens;
      pieces.push_back({s, begin, std::min(begin + left, sequence.num_tokens)});
    }
  }
  CpuContext& cpu = as_cpu(context);
  cpu.for_tasks(static_cast<int64_t>(pieces.size()), [&](int64_t task, CpuScratch& scratch) {
    store_piece(cpu.lanes, a, pieces[static_cast<size_t>(task)], scratch);
  });
}

void cpu_attend(OpContext& context, const AttendArguments& a) {
  CpuContext& cpu = as_cpu(context);
  const AttentionShape& shape = a.shape;
  const int group = shape.num_heads / shape.num_kv_heads;
  const bool latent = shape.kind == AttentionKind::kLatent;
  const std::vector<Tile> tiles = make_tiles(a, heads_per_tile_for(a, cpu.num_threads));
  cpu.for_tasks(static_cast<int64_t>(tiles.size()), [&](int64_t task, CpuScratch& scratch) {
    const Tile& tile = tiles[static_cast<size_t>(task)];
    const int64_t kv_head = latent ? 0 : tile.first_head / group;
    if (shape.cache_dtype == DType::kBF16) return attend_tile_bf16(cpu, a, tile, kv_head, scratch);
    attend_tile(cpu.lanes, a, tile, kv_head, scratch);
  });
}

}  // namespace jangwon::runtime
