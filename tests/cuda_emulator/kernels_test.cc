#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>
#include <vector>

#include "runtime/kernels/cuda/device.h"
#include "tests/cuda_emulator/device_array.h"
#include "tests/cuda_emulator/emulator.h"

namespace jangwon::runtime {

using namespace cuda_emulator;

// out[i] = i, no thread waits for another.
__global__ void plain_kernel(int* out, int size) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i < size) out[i] = i;
}

TEST(Kernels, PlainOnesWriteEveryElement) {
  for (const int schedule : kSchedules) {
    set_schedule(schedule);
    const DeviceArray<int> out(1000);
    launch(plain_kernel, 8, 128, 0, nullptr, out.get(), 1000);
    std::vector<int> expected(1000);
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(out.to_host(), expected);
  }
}

// A row's scale through shuffles and a barrier.
__global__ void norm_kernel(const float* in_TD, int size, float* out_TD) {
  float* warp_sums = shared_array<float>(0, 4);
  const float* in = in_TD + size_t{blockIdx.x} * size;
  float sum = 0;
  for (int i = static_cast<int>(threadIdx.x); i < size; i += 128)
    sum += in[i] * in[i];
  for (int distance = 16; distance > 0; distance /= 2)
    sum += __shfl_xor_sync(kFullWarp, sum, distance);
  if (threadIdx.x % 32 == 0) warp_sums[threadIdx.x / 32] = sum;
  __syncthreads();
  sum = 0;
  for (int warp = 0; warp < 4; ++warp)
    sum += warp_sums[warp];
  for (int i = static_cast<int>(threadIdx.x); i < size; i += 128)
    out_TD[size_t{blockIdx.x} * size + i] = in[i] * rsqrtf(sum / static_cast<float>(size));
}

TEST(Kernels, SameBitsUnderEverySchedule) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<float> in_TD(7 * 257);
  for (float& value : in_TD)
    value = normal(random);
  std::vector<float> first;
  for (const int schedule : kSchedules) {
    set_schedule(schedule);
    const DeviceArray<float> in(in_TD), out(in_TD.size());
    launch(norm_kernel, 7, 128, 4 * sizeof(float), nullptr, in.get(), 257, out.get());
    const std::vector<float> actual = out.to_host();
    if (first.empty()) first = actual;
    EXPECT_EQ(actual, first);
    for (int row = 0; row < 7; ++row) {
      double squares = 0;
      for (int i = 0; i < 257; ++i)
        squares += double{in_TD[row * 257 + i]} * in_TD[row * 257 + i];
      for (int i = 0; i < 257; ++i)
        EXPECT_NEAR(actual[row * 257 + i], in_TD[row * 257 + i] / std::sqrt(squares / 257), 1e-5);
    }
  }
}

}  // namespace jangwon::runtime
