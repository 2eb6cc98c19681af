// Scores of all keys, then a token's choice among them: the threshold by halves of the scores' 32
// bits, as whole numbers in the order of the floats, and of those equal to it the first. Tests:
// tests/runtime/ops/indexer_test.cc.

#include "runtime/kernels/cuda/cuda_indexer.h"

#include <algorithm>

#include "runtime/kernels/cuda/paged_cache.h"

namespace jangwon::runtime {
namespace indexer_kernels {

constexpr int kTokensAtATime = 32;
constexpr int kThreads = 128;

struct ChooseJob {
  ChooseKeysArguments arguments;
  int64_t index_keys_offset;
  const TokenPlace* places;
  int first_row;
  unsigned* scores;  // [kTokensAtATime, score_stride]
  int64_t score_stride;
};

// Larger floats give larger numbers; both zeroes are one, what is no number is as minus infinity.
__device__ inline unsigned ordered(float score) {
  if (score != score) score = -INFINITY;
  if (score == 0.0f) score = 0.0f;
  const unsigned bits = __float_as_uint(score == 0.0f ? 0.0f : score);
  return (bits & 0x80000000u) != 0 ? ~bits : bits | 0x80000000u;
}

// A thread a key, heads in their order.
__global__ void f32_index_scores_kernel(ChooseJob job) {
  const ChooseKeysArguments& a = job.arguments;
  const int64_t row = job.first_row + static_cast<int>(blockIdx.y);
  const TokenPlace place = job.places[row];
  const int key = static_cast<int>(blockIdx.x) * kThreads + static_cast<int>(threadIdx.x);
  if (key > place.position) return;
  const int size = a.shape.index_key_size;
  const std::byte* block =
      block_of(a.cache, place.sequence, key / kBlockTokens) + job.index_keys_offset;
  const float* of_key = reinterpret_cast<const float*>(block) + key % kBlockTokens;
  float total = 0.0f;
  for (int head = 0; head < a.num_heads; ++head) {
    const float score = f32_score(a.q.row(row) + int64_t{head} * size, of_key, size);
    total = total + a.weights.row(row)[head] * (score < 0.0f ? 0.0f : score);
  }
  job.scores[blockIdx.y * job.score_stride + key] = ordered(total);
}

// How many of the thread's keys the predicate takes, summed over the block.
template <typename Takes>
__device__ int count_keys(int num_keys, int* counts, const Takes& takes) {
  int own = 0;
  for (int key = static_cast<int>(threadIdx.x); key < num_keys; key += kThreads)
    own += takes(key) ? 1 : 0;
  counts[threadIdx.x] = own;
  __syncthreads();
  for (int half = kThreads / 2; half > 0; half /= 2) {
    if (threadIdx.x < static_cast<unsigned>(half))
      counts[threadIdx.x] += counts[threadIdx.x + half];
    __syncthreads();
  }
  const int total = counts[0];
  __syncthreads();
  return total;
}

__global__ void choose_keys_kernel(ChooseJob job) {
  const ChooseKeysArguments& a = job.arguments;
  const int64_t row = job.first_row + static_cast<int>(blockIdx.x);
  const int num_keys = job.places[row].position + 1;
  uint16_t* masks = a.masks + row * a.stride;
  const unsigned* scores = job.scores + blockIdx.x * job.score_stride;
  int* counts = shared_array<int>(0, kThreads);
  const bool all = num_keys <= a.num_chosen;
  // The largest threshold that as many keys reach as are wanted.
  unsigned threshold = 0;
  for (unsigned bit = 0x80000000u; !all && bit != 0; bit >>= 1) {
    const unsigned higher = threshold | bit;
    if (count_keys(num_keys, counts, [&](int key) { return scores[key] >= higher; }) >=
        a.num_chosen)
      threshold = higher;
  }
  const int above =
      all ? 0 : count_keys(num_keys, counts, [&](int key) { return scores[key] > threshold; });
  // Every thread has neighbouring blocks of keys; those before them have taken so many
  // of the equal ones.
  const int num_blocks = ceil_div(num_keys, kBlockTokens);
  const int of_thread = ceil_div(num_blocks, kThreads);
  const int first = min(num_blocks, static_cast<int>(threadIdx.x) * of_thread);
  const int last = min(num_blocks, first + of_thread);
  int equal = 0;
  for (int key = first * kBlockTokens; !all && key < min(num_keys, last * kBlockTokens); ++key)
    equal += scores[key] == threshold ? 1 : 0;
  counts[threadIdx.x] = equal;
  __syncthreads();
  int room = a.num_chosen - above;
  for (unsigned thread = 0; thread < threadIdx.x; ++thread)
    room -= counts[thread];
  for (int block = first; block < last; ++block) {
    unsigned mask = 0;
    for (int lane = 0; lane < kBlockTokens && block * kBlockTokens + lane < num_keys; ++lane) {
      const unsigned score = all ? 0 : scores[block * kBlockTokens + lane];
      const bool is_equal = !all && score == threshold;
      if (all || score > threshold || (is_equal && room > 0)) mask |= 1u << lane;
      room -= is_equal ? 1 : 0;
    }
    masks[block] = static_cast<uint16_t>(mask);
  }
  for (int64_t block = num_blocks + threadIdx.x; block < a.stride; block += kThreads)
    masks[block] = 0;
}

}  // namespace indexer_kernels

using namespace indexer_kernels;

int64_t cuda_indexer_scratch_bytes(int64_t context_tokens) {
  return kTokensAtATime * ceil_div<int64_t>(context_tokens, kBlockTokens) * kBlockTokens *
         static_cast<int64_t>(sizeof(unsigned));
}

void cuda_choose_keys(OpContext& context, const ChooseKeysArguments& a) {
  CudaContext& cuda = as_cuda(context);
  const int rows = num_rows_of(a.sequences, a.num_sequences);
  // As many as pages have room for: a graph of the step serves until they need more.
  const int64_t keys = a.cache.page_stride * kBlockTokens;
  ChooseJob job{.arguments = on_device(a),
                .index_keys_offset = kv_block_layout_of(a.shape).index_keys_offset,
                .places = cuda.places_of(a.sequences, a.num_sequences),
                .first_row = 0,
                .scores = cuda.scratch.make<unsigned>(kTokensAtATime * keys),
                .score_stride = keys};
  for (; job.first_row < rows; job.first_row += kTokensAtATime) {
    const unsigned count = static_cast<unsigned>(std::min(kTokensAtATime, rows - job.first_row));
    if (keys > a.num_chosen) {
      const dim3 grid(static_cast<unsigned>(ceil_div<int64_t>(keys, kThreads)), count);
      launch(f32_index_scores_kernel, grid, kThreads, 0, cuda.stream, job);
    }
    launch(choose_keys_kernel, count, kThreads, kThreads * sizeof(int), cuda.stream, job);
  }
}

}  // namespace jangwon::runtime
