// One small kernel with a barrier and a shuffle. It fails where the GPU is too old for what nvcc
// compiled for, or out of order.

#include "runtime/kernels/cuda/self_check.h"

#include <vector>

#include "runtime/kernels/cuda/device.h"

namespace jangwon::runtime {
namespace {

constexpr int kThreads = 128;
constexpr int kWarps = kThreads / kWarpSize;

}  // namespace

// sums[block] = 0 + 1 + ... + (kThreads - 1) + block · kThreads
__global__ void __launch_bounds__(kThreads) i32_self_check_kernel(int* sums) {
  int* warp_sums = shared_array<int>(0, kWarps);
  const int lane = threadIdx.x % kWarpSize, warp = threadIdx.x / kWarpSize;
  int sum = static_cast<int>(threadIdx.x + blockIdx.x);
  for (int distance = kWarpSize / 2; distance > 0; distance /= 2)
    sum += __shfl_xor_sync(kFullWarp, sum, distance);
  if (lane == 0) warp_sums[warp] = sum;
  __syncthreads();
  if (threadIdx.x == 0) {
    for (int other = 1; other < kWarps; ++other)
      sum += warp_sums[other];
    sums[blockIdx.x] = sum;
  }
}

namespace {

// Results under the numerics of tensor cores are an architecture's.
int architecture_of(int device) {
  int major = 0;
  int minor = 0;
  cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device);
  cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device);
  return 10 * major + minor;
}

}  // namespace

std::string check_gpu(int device) {
  int count = 0;
  if (cudaGetDeviceCount(&count) != cudaSuccess || device >= count)
    return "there is no GPU " + std::to_string(device);
  if (architecture_of(device) != architecture_of(0))
    return "GPU " + std::to_string(device) + " is of another architecture than GPU 0";
  constexpr int kBlocks = 3;
  std::vector<int> sums(kBlocks);
  int* device_sums = nullptr;
  cudaError_t status = cudaSetDevice(device);
  if (status == cudaSuccess) status = cudaMalloc(&device_sums, kBlocks * sizeof(int));
  if (status == cudaSuccess) {
    launch(i32_self_check_kernel, kBlocks, kThreads, kWarps * sizeof(int), nullptr, device_sums);
    status = cudaMemcpy(sums.data(), device_sums, kBlocks * sizeof(int), cudaMemcpyDeviceToHost);
    cudaFree(device_sums);
  }
  if (status != cudaSuccess)
    return "GPU " + std::to_string(device) + ": " + cudaGetErrorString(status);
  for (int block = 0; block < kBlocks; ++block) {
    if (sums[block] != kThreads * (kThreads - 1) / 2 + block * kThreads)
      return "GPU " + std::to_string(device) + " gives wrong sums";
  }
  return "";
}

}  // namespace jangwon::runtime
