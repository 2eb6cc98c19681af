// How kernels find their way in the blocks of the cache.

#pragma once

#include "runtime/kernels/cuda/cuda_context.h"
#include "runtime/kernels/cuda/lane_math.h"
#include "runtime/ops/kv_block_layout.h"

namespace jangwon::runtime {

__device__ inline std::byte* block_of(const PagedKv& cache, int sequence, int index) {
  const int32_t id = cache.page_table[sequence * cache.page_stride + index];
  return cache.blocks + id * cache.block_bytes;
}

// q · key over `size` components as the CPU's float32 products are summed: parts of 64
// multiply-adds. `keys` is [size, kBlockTokens], beginning with the key's lane.
__device__ inline float f32_score(const float* q, const float* keys, int size) {
  constexpr int kPart = 64;
  float total = 0.0f;
  for (int part = 0; part < size; part += kPart) {
    float sum = 0.0f;
    for (int k = part; k < min(part + kPart, size); ++k)
      sum = fmaf(q[k], keys[int64_t{k} * kBlockTokens], sum);
    total = part == 0 ? sum : total + sum;
  }
  return total;
}

}  // namespace jangwon::runtime
