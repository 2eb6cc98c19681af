#include "runtime/kernels/cuda/cuda_ceilings.h"

#include <algorithm>
#include <chrono>

#include "runtime/kernels/cuda/cuda_context.h"

namespace jangwon::runtime {
namespace ceiling_kernels {

constexpr int kThreads = 256;
constexpr int kChains = 8;  // of multiply-adds that wait for nothing but themselves
#ifdef __CUDACC__
constexpr int kPasses = 8;
constexpr int kBlocksOfMultiprocessor = 8;
constexpr int kRounds = 1 << 14;
constexpr int64_t kFloats = int64_t{1} << 28;  // larger than any cache
#else
// The emulator's ceilings say nothing; they are only to be there.
constexpr int kPasses = 1;
constexpr int kBlocksOfMultiprocessor = 1;
constexpr int kRounds = 4;
constexpr int64_t kFloats = int64_t{1} << 14;
#endif

__global__ void f32_peak_kernel(int rounds, float* out) {
  float sums[kChains];
  for (int i = 0; i < kChains; ++i)
    sums[i] = static_cast<float>(threadIdx.x + i);
  for (int round = 0; round < rounds; ++round)
#pragma unroll
    for (int i = 0; i < kChains; ++i)
      sums[i] = fmaf(sums[i], 0.5f, 0.5f);
  float total = 0.0f;
  for (int i = 0; i < kChains; ++i)
    total = total + sums[i];
  out[blockIdx.x * kThreads + threadIdx.x] = total;
}

__global__ void f32_read_memory_kernel(const float4* data, int64_t count, float* out) {
  float largest = 0.0f;
  for (int64_t i = int64_t{blockIdx.x} * kThreads + threadIdx.x; i < count;
       i += int64_t{gridDim.x} * kThreads) {
    const float4 four = data[i];
    largest = fmaxf(largest, fmaxf(fmaxf(four.x, four.y), fmaxf(four.z, four.w)));
  }
  out[blockIdx.x * kThreads + threadIdx.x] = largest;
}

template <typename Body>
double best_seconds(cudaStream_t stream, const Body& body) {
  double best = 1e30;
  for (int pass = 0; pass < kPasses; ++pass) {
    check_cuda(cudaStreamSynchronize(stream));
    const auto begin = std::chrono::steady_clock::now();
    body();
    check_cuda(cudaStreamSynchronize(stream));
    best = std::min(
        best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  return best;
}

}  // namespace ceiling_kernels

using namespace ceiling_kernels;

Ceilings cuda_measure_ceilings(OpContext& context) {
  CudaContext& cuda = as_cuda(context);
  int multiprocessors = 0;
  check_cuda(
      cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, context.device));
  const unsigned blocks = static_cast<unsigned>(multiprocessors * kBlocksOfMultiprocessor);
  DeviceScratch memory(cuda.stream);
  float* data = memory.make<float>(kFloats + int64_t{blocks} * kThreads);
  float* out = data + kFloats;
  cuda_clear(context, data, kFloats * sizeof(float));
  const double product_seconds = best_seconds(cuda.stream, [&] {
    launch(f32_peak_kernel, blocks, kThreads, 0, cuda.stream, kRounds, out);
  });
  const double memory_seconds = best_seconds(cuda.stream, [&] {
    launch(f32_read_memory_kernel, blocks, kThreads, 0, cuda.stream,
           reinterpret_cast<const float4*>(data), kFloats / 4, out);
  });
  return {.operations_per_s = 2.0 * kChains * kRounds * kThreads * blocks / product_seconds,
          .memory_bytes_per_s = static_cast<double>(kFloats) * sizeof(float) / memory_seconds};
}

}  // namespace jangwon::runtime
