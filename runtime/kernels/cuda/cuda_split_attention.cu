// A block of threads is sixteen heads that share a key head, of one token, over one split. Scores:
// a warp takes blocks of sixteen keys in turn, whose components stand in the cache as an
// instruction wants its second operand. Then eight threads a head find the largest score and the
// probabilities, and values are multiplied the same way, a warp for sixteen components, key after
// key. A split leaves its largest score, its sum of probabilities and its weighted values; a second
// kernel adds those up. With fewer than sixteen heads to a key head rows of the instruction stay
// empty: decoding is bound by the cache, which is read once a token and key head. Tests:
// tests/runtime/ops/attention_test.cc.

#include "runtime/kernels/cuda/cuda_split_attention.h"

#include <algorithm>

#include "runtime/kernels/cuda/paged_cache.h"
#include "runtime/kernels/cuda/tensor_tile.h"

namespace jangwon::runtime {
namespace split_attention_kernels {

constexpr int kSplitKeys = 256;
constexpr int kHeads = kTensorRows;
constexpr int kThreadsOfHead = kTensorThreads / kHeads;
// Four words more than a row needs, as in tensor_tile.h.
constexpr int kScoreFloats = kSplitKeys + 4;
constexpr int kProbabilityWords = kSplitKeys / 2 + 4;
constexpr int kFloatsBesideValues = 2;  // of a split: its largest score, its sum of probabilities
static_assert(kBlockTokens == kTensorStep && kBlockTokens == kPanelWidth);

constexpr float kNothing = -INFINITY;

struct SplitJob {
  AttendArguments arguments;
  KvBlockLayout layout;
  const TokenPlace* places;
  int first_row;
  int num_splits;
  float* partials;  // [rows of this part, H, num_splits, value_size + kFloatsBesideValues]

  __device__ float* partial(int row, int head, int split) const {
    const AttentionShape& shape = arguments.shape;
    const int64_t index = (int64_t{row} * shape.num_heads + head) * num_splits + split;
    return partials + index * (shape.value_size + kFloatsBesideValues);
  }
};

__host__ __device__ inline int query_words(int key_size) {
  return ceil_div(key_size, kTensorStep) * kTensorStep / 2 + 4;
}

unsigned shared_bytes_of(int key_size) {
  return static_cast<unsigned>((query_words(key_size) + kScoreFloats + kProbabilityWords) * kHeads *
                               sizeof(float));
}

// Keys [begin, end) that the query sees, its chosen ones apart.
struct Visible {
  int begin;
  int end;
};

__device__ inline Visible visible_to(const AttentionShape& shape, int position) {
  const int behind = shape.window > 0 ? position - shape.window + 1 : 0;
  return {max(shape.first_key, max(0, behind)), position + 1};
}

// What one block of threads works on.
struct Tile {
  int64_t row;  // of the step
  int row_of_part;
  int head;   // the first of its heads
  int count;  // of heads
  int sequence;
  int split_begin;  // its first key
  Visible keys;     // within the split
  int64_t keys_offset;
  int64_t values_offset;
};

__device__ inline Tile find_tile(const SplitJob& job) {
  const AttentionShape& shape = job.arguments.shape;
  const bool latent = shape.kind == AttentionKind::kLatent;
  const int heads_of_key = latent ? shape.num_heads : shape.num_heads / shape.num_kv_heads;
  const int tiles = ceil_div(heads_of_key, kHeads);
  const int kv_head = static_cast<int>(blockIdx.y);
  const int tile_of_row = static_cast<int>(blockIdx.x) % tiles;
  Tile tile;
  tile.row_of_part = static_cast<int>(blockIdx.x) / tiles;
  tile.row = job.first_row + tile.row_of_part;
  tile.head = kv_head * heads_of_key + tile_of_row * kHeads;
  tile.count = min(kHeads, heads_of_key - tile_of_row * kHeads);
  const TokenPlace place = job.places[tile.row];
  tile.sequence = place.sequence;
  tile.split_begin = static_cast<int>(blockIdx.z) * kSplitKeys;
  const Visible all = visible_to(shape, place.position);
  tile.keys = {max(all.begin, tile.split_begin), min(all.end, tile.split_begin + kSplitKeys)};
  tile.keys_offset = kv_head * job.layout.key_bytes;
  tile.values_offset = latent ? 0 : job.layout.values_offset + kv_head * job.layout.value_bytes;
  return tile;
}

struct Shared {
  uint32_t* queries;        // [kHeads, query_words], pairs of bf16
  float* scores;            // [kHeads, kScoreFloats]
  uint32_t* probabilities;  // [kHeads, kProbabilityWords], pairs of bf16
};

__device__ inline Shared shared_of(int key_size) {
  const unsigned words = static_cast<unsigned>(query_words(key_size) * kHeads);
  constexpr unsigned kWord = sizeof(uint32_t);
  return {
      shared_array<uint32_t>(0, words), shared_array<float>(words * kWord, kHeads * kScoreFloats),
      shared_array<uint32_t>((words + kHeads * kScoreFloats) * kWord, kHeads * kProbabilityWords)};
}

// The first operand of an instruction: sixteen rows of pairs, from a lane's own word on.
__device__ inline void load_rows(const uint32_t* words, int stride, int pair, uint32_t (&a)[4]) {
  const int lane = static_cast<int>(threadIdx.x) % kWarpSize;
  const uint32_t* of_lane = words + lane / 4 * stride + pair + lane % 4;
  a[0] = of_lane[0];
  a[1] = of_lane[8 * stride];
  a[2] = of_lane[4];
  a[3] = of_lane[8 * stride + 4];
}

__device__ inline void load_queries(const SplitJob& job, const Tile& tile, uint32_t* queries) {
  const int key_size = job.arguments.shape.key_size;
  const int words = query_words(key_size);
  const float* of_token = job.arguments.q.row(tile.row) + int64_t{tile.head} * key_size;
  for (int i = static_cast<int>(threadIdx.x); i < kHeads * words; i += kTensorThreads) {
    const int head = i / words;
    const int k = i % words * 2;
    uint16_t halves[2] = {0, 0};
#pragma unroll
    for (int h = 0; h < 2; ++h)
      if (head < tile.count && k + h < key_size)
        halves[h] = nearest_bf16(of_token[int64_t{head} * key_size + k + h]);
    queries[i] = tensor_tile::two_halves(halves[0], halves[1]);
  }
}

__device__ inline bool sees(const SplitJob& job, const Tile& tile, int key) {
  if (key < tile.keys.begin || key >= tile.keys.end) return false;
  const ChosenKeys& chosen = job.arguments.chosen;
  if (!chosen.masks) return true;
  const uint16_t mask = chosen.masks[tile.row * chosen.stride + key / kBlockTokens];
  return (mask >> (key % kBlockTokens) & 1) != 0;
}

// The scores of one block of sixteen keys, by one warp.
__device__ inline void score_block(const SplitJob& job, const Tile& tile, int block,
                                   const Shared& shared) {
  const AttendArguments& a = job.arguments;
  const int words = query_words(a.shape.key_size);
  const int pairs = (a.shape.key_size + 1) / 2;
  const int lane = static_cast<int>(threadIdx.x) % kWarpSize;
  const std::byte* keys = block_of(a.cache, tile.sequence, block) + tile.keys_offset;
  float sums[2][4] = {};
  for (int pair = 0; pair < pairs; pair += kTensorStep / 2) {
    uint32_t rows[4];
    load_rows(shared.queries, words, pair, rows);
#pragma unroll
    for (int j = 0; j < 2; ++j) {
      uint32_t b[2];
#pragma unroll
      for (int r = 0; r < 2; ++r) {
        const int at = pair + lane % 4 + 4 * r;
        b[r] = at < pairs ? *reinterpret_cast<const uint32_t*>(keys + at * kKeyPairBytes +
                                                               (8 * j + lane / 4) * 4)
                          : 0;
      }
      mma_m16n8k16_bf16(sums[j], rows, b);
    }
  }
#pragma unroll
  for (int j = 0; j < 2; ++j) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const int key = tensor_output_of(block, j, i);
      shared.scores[tensor_row_of(i) * kScoreFloats + key - tile.split_begin] =
          sees(job, tile, key) ? sums[j][i] * a.shape.scale : kNothing;
    }
  }
}

// Of one head by its threads: probabilities of keys [begin, end) of the split, their largest score
// and their sum into the partial.
__device__ inline void find_probabilities(const SplitJob& job, const Tile& tile, int begin, int end,
                                          const Shared& shared) {
  const int head = static_cast<int>(threadIdx.x) / kThreadsOfHead;
  const int first = begin + static_cast<int>(threadIdx.x) % kThreadsOfHead;
  float* scores = shared.scores + head * kScoreFloats;
  uint16_t* halves = reinterpret_cast<uint16_t*>(shared.probabilities + head * kProbabilityWords);
  float largest = kNothing;
  for (int i = first; i < end; i += kThreadsOfHead)
    largest = larger(scores[i], largest);
#pragma unroll
  for (int distance = 1; distance < kThreadsOfHead; distance *= 2)
    largest = larger(__shfl_xor_sync(kFullWarp, largest, distance), largest);
  float total = 0.0f;
  for (int i = first; i < end; i += kThreadsOfHead) {
    // An unseen key counts nothing, whatever stands there.
    const float p = scores[i] > kNothing ? exponential(scores[i] - largest) : 0.0f;
    total = total + p;
    halves[i] = nearest_bf16(p);
  }
#pragma unroll
  for (int distance = 1; distance < kThreadsOfHead; distance *= 2)
    total = total + __shfl_xor_sync(kFullWarp, total, distance);
  if (first != begin || head >= tile.count) return;
  float* partial = job.partial(tile.row_of_part, tile.head + head, static_cast<int>(blockIdx.z));
  partial[job.arguments.shape.value_size] = largest;
  partial[job.arguments.shape.value_size + 1] = total;
}

// Two keys' values of one component.
template <AttentionKind kKind>
__device__ uint32_t value_word(const std::byte* values, int component, int value_size, int pair) {
  if constexpr (kKind == AttentionKind::kGrouped) {
    return *reinterpret_cast<const uint32_t*>(values + component / kLanes * kValuePanelBytes +
                                              pair * kKeyPairBytes + component % kLanes * 4);
  } else {
    if (component >= value_size) return 0;
    const std::byte* of_component =
        values + component / 2 * kKeyPairBytes + component % 2 * 2 + pair * 8;
    return tensor_tile::two_halves(*reinterpret_cast<const uint16_t*>(of_component),
                                   *reinterpret_cast<const uint16_t*>(of_component + 4));
  }
}

// Sixteen components of the weighted values, by one warp.
template <AttentionKind kKind>
__device__ void add_values(const SplitJob& job, const Tile& tile, int panel, int first_block,
                           int end_block, const Shared& shared) {
  const AttendArguments& a = job.arguments;
  const int value_size = a.shape.value_size;
  const int lane = static_cast<int>(threadIdx.x) % kWarpSize;
  float sums[2][4] = {};
  for (int block = first_block; block < end_block; ++block) {
    const std::byte* values = block_of(a.cache, tile.sequence, block) + tile.values_offset;
    uint32_t rows[4];
    load_rows(shared.probabilities, kProbabilityWords,
              (block * kBlockTokens - tile.split_begin) / 2, rows);
#pragma unroll
    for (int j = 0; j < 2; ++j) {
      const int component = panel * kPanelWidth + 8 * j + lane / 4;
      const uint32_t b[2] = {value_word<kKind>(values, component, value_size, lane % 4),
                             value_word<kKind>(values, component, value_size, lane % 4 + 4)};
      mma_m16n8k16_bf16(sums[j], rows, b);
    }
  }
#pragma unroll
  for (int j = 0; j < 2; ++j) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const int head = tensor_row_of(i);
      const int component = tensor_output_of(panel, j, i);
      if (head < tile.count && component < value_size)
        job.partial(tile.row_of_part, tile.head + head, static_cast<int>(blockIdx.z))[component] =
            sums[j][i];
    }
  }
}

template <AttentionKind kKind>
__global__ void __launch_bounds__(kTensorThreads) bf16_attend_split_kernel(SplitJob job) {
  const Tile tile = find_tile(job);
  if (tile.keys.begin >= tile.keys.end) return;
  const AttentionShape& shape = job.arguments.shape;
  const Shared shared = shared_of(shape.key_size);
  const int warp = static_cast<int>(threadIdx.x) / kWarpSize;
  const int first_block = tile.keys.begin / kBlockTokens;
  const int end_block = ceil_div(tile.keys.end, kBlockTokens);
  load_queries(job, tile, shared.queries);
  __syncthreads();
  for (int block = first_block + warp; block < end_block; block += kTensorWarps)
    score_block(job, tile, block, shared);
  __syncthreads();
  find_probabilities(job, tile, first_block * kBlockTokens - tile.split_begin,
                     end_block * kBlockTokens - tile.split_begin, shared);
  __syncthreads();
  for (int panel = warp; panel * kPanelWidth < shape.value_size; panel += kTensorWarps)
    add_values<kKind>(job, tile, panel, first_block, end_block, shared);
}

// A block of threads is one head of one token; a thread some of its components.
__global__ void f32_attend_merge_kernel(SplitJob job) {
  const AttentionShape& shape = job.arguments.shape;
  const int row = static_cast<int>(blockIdx.x);
  const int head = static_cast<int>(blockIdx.y);
  const int64_t row_of_step = int64_t{job.first_row} + row;
  const Visible keys = visible_to(shape, job.places[row_of_step].position);
  const int first = keys.begin / kSplitKeys;
  const int end = ceil_div(keys.end, kSplitKeys);
  const float sink = shape.sinks_H ? shape.sinks_H[head] : kNothing;
  float peak = sink;
  for (int split = first; split < end; ++split)
    peak = larger(job.partial(row, head, split)[shape.value_size], peak);
  float total = 0.0f;
  for (int split = first; split < end; ++split) {
    const float* beside = job.partial(row, head, split) + shape.value_size;
    total = total + beside[1] * exponential(beside[0] - peak);
  }
  if (sink > kNothing) total = total + exponential(sink - peak);
  float* out = job.arguments.out.row(row_of_step) + int64_t{head} * shape.value_size;
  for (int i = static_cast<int>(threadIdx.x); i < shape.value_size;
       i += static_cast<int>(blockDim.x)) {
    float sum = 0.0f;
    for (int split = first; split < end; ++split) {
      const float* partial = job.partial(row, head, split);
      sum = fmaf(partial[i], exponential(partial[shape.value_size] - peak), sum);
    }
    out[i] = keys.begin < keys.end ? sum / total : 0.0f;
  }
}

int64_t bytes_of_row(const AttentionShape& shape, int num_splits) {
  return int64_t{shape.num_heads} * num_splits * (shape.value_size + kFloatsBesideValues) *
         static_cast<int64_t>(sizeof(float));
}

}  // namespace split_attention_kernels

using namespace split_attention_kernels;

int64_t cuda_split_attention_scratch_bytes(const AttentionShape& shape, int context_tokens,
                                           int step_tokens) {
  const int64_t of_row = bytes_of_row(shape, ceil_div(std::max(1, context_tokens), kSplitKeys));
  return std::min(std::max(kPartialBytes, of_row), step_tokens * of_row);
}

void cuda_split_attend(OpContext& context, const AttendArguments& a, int64_t partial_bytes) {
  CudaContext& cuda = as_cuda(context);
  const AttentionShape& shape = a.shape;
  const bool latent = shape.kind == AttentionKind::kLatent;
  const int rows = num_rows_of(a.sequences, a.num_sequences);
  // As many as pages have room for: a graph of the step serves until they need more.
  const int num_splits = std::max(
      1, static_cast<int>(ceil_div<int64_t>(a.cache.page_stride * kBlockTokens, kSplitKeys)));
  const int part = static_cast<int>(
      std::clamp<int64_t>(partial_bytes / bytes_of_row(shape, num_splits), 1, std::max(1, rows)));
  const int64_t bytes = part * bytes_of_row(shape, num_splits);
  SplitJob job{on_device(a),
               kv_block_layout_of(shape),
               cuda.places_of(a.sequences, a.num_sequences),
               0,
               num_splits,
               cuda.scratch.make<float>(bytes / static_cast<int64_t>(sizeof(float)))};
  const int kv_heads = latent ? 1 : shape.num_kv_heads;
  const int tiles = ceil_div(shape.num_heads / kv_heads, kHeads);
  const auto kernel = latent ? bf16_attend_split_kernel<AttentionKind::kLatent>
                             : bf16_attend_split_kernel<AttentionKind::kGrouped>;
  for (; job.first_row < rows; job.first_row += part) {
    const int count = std::min(part, rows - job.first_row);
    launch(kernel,
           dim3(static_cast<unsigned>(count * tiles), static_cast<unsigned>(kv_heads),
                static_cast<unsigned>(num_splits)),
           kTensorThreads, shared_bytes_of(shape.key_size), cuda.stream, job);
    launch(f32_attend_merge_kernel,
           dim3(static_cast<unsigned>(count), static_cast<unsigned>(shape.num_heads)),
           kTensorThreads, 0, cuda.stream, job);
  }
}

}  // namespace jangwon::runtime
