// Warp functions, barriers that count, fragments: what the manuals of CUDA and PTX say of each.

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "runtime/kernels/cuda/device.h"
#include "tests/cuda_emulator/device_array.h"
#include "tests/cuda_emulator/emulator.h"

namespace jangwon::runtime {

using namespace cuda_emulator;

constexpr int kNumResults = 14;

__global__ void warp_functions_kernel(int* results, float* sum) {
  const int lane = static_cast<int>(threadIdx.x), square = lane * lane;
  int* r = results + lane * kNumResults;
  r[0] = __shfl_sync(~0u, square, 5);
  r[1] = __shfl_sync(~0u, square, 3, 8);
  r[2] = __shfl_xor_sync(~0u, square, 17);
  r[3] = __shfl_up_sync(~0u, square, 3);
  r[4] = __shfl_down_sync(~0u, square, 3, 16);
  r[5] = static_cast<int>(__ballot_sync(~0u, lane % 3 == 0));
  r[6] = __reduce_max_sync(~0u, lane);
  r[7] = __reduce_add_sync(~0u, square);
  r[8] = __reduce_min_sync(~0u, -lane);
  r[9] = __any_sync(~0u, lane == 7);
  r[10] = __all_sync(~0u, lane != 7);
  r[11] = static_cast<int>(__match_any_sync(~0u, lane % 4));
  r[12] = 0;
  if (lane < 16) r[12] = __shfl_sync(0xffffu, lane, 15 - lane);
  r[13] = __syncthreads_count(lane < 10);
  atomicAdd(sum, static_cast<float>(lane));
}

TEST(Warp, FunctionsChooseAsDocumented) {
  for (const int schedule : kSchedules) {
    set_schedule(schedule);
    const DeviceArray<int> results(32 * kNumResults);
    const DeviceArray<float> sum(std::vector<float>{0.5f});
    launch(warp_functions_kernel, 1, 32, 0, nullptr, results.get(), sum.get());
    const std::vector<int> actual = results.to_host();
    const auto square = [](int lane) { return lane * lane; };
    for (int l = 0; l < 32; ++l) {
      const std::vector<int> expected = {25,
                                         square(l / 8 * 8 + 3),
                                         square(l ^ 17),
                                         square(l < 3 ? l : l - 3),
                                         square(l % 16 < 13 ? l + 3 : l),
                                         0x49249249,
                                         31,
                                         10416,
                                         -31,
                                         1,
                                         0,
                                         0x11111111 << l % 4,
                                         l < 16 ? 15 - l : 0,
                                         10};
      const auto begin = actual.begin() + l * kNumResults;
      EXPECT_EQ(std::vector<int>(begin, begin + kNumResults), expected) << l;
    }
    EXPECT_EQ(sum.to_host()[0], 496.5f);
  }
}

// A block of 80 threads: its last warp has 16 lanes, and the full mask stands for those that exist.
__global__ void partial_warp_kernel(int* out) {
  const int i = static_cast<int>(threadIdx.x);
  out[i] = __reduce_add_sync(~0u, 1) + 100 * __syncthreads_or(i == 79);
}

TEST(Warp, ALastWarpMayBePartial) {
  const DeviceArray<int> out(80);
  launch(partial_warp_kernel, 1, 80, 0, nullptr, out.get());
  const std::vector<int> actual = out.to_host();
  EXPECT_EQ(actual[0], 132);
  EXPECT_EQ(actual[79], 116);
}

// a and b come from row-major matrices, so b goes through the transposing load.
__global__ void fragments_kernel(const bf16* a_MK, const bf16* b_KN, uint32_t* a_registers,
                                 float* d_MN) {
  bf16* a_tile = shared_array<bf16>(0, 16 * 16);
  bf16* b_tile = shared_array<bf16>(16 * 16 * sizeof(bf16), 16 * 16);
  const int lane = static_cast<int>(threadIdx.x);
  cp_async_16(a_tile + lane * 8, a_MK + lane * 8, true);
  cp_async_16(b_tile + lane * 8, b_KN + lane * 8, true);
  cp_async_commit();
  cp_async_wait<0>();
  __syncwarp();
  uint32_t a[4], b[4];
  ldmatrix_x4(a, a_tile + lane % 16 * 16 + lane / 16 * 8);
  ldmatrix_x4_trans(b, b_tile + lane % 16 * 16 + lane / 16 * 8);
  for (int i = 0; i < 4; ++i)
    a_registers[lane * 4 + i] = a[i];
  for (int half = 0; half < 2; ++half) {
    float d[4] = {};
    const uint32_t pair[2] = {b[2 * half], b[2 * half + 1]};
    mma_m16n8k16_bf16(d, a, pair);
    for (int i = 0; i < 4; ++i)
      d_MN[(lane / 4 + i / 2 * 8) * 16 + half * 8 + lane % 4 * 2 + i % 2] = d[i];
  }
}

TEST(Warp, FragmentsAreLaidOutAsPtxSays) {
  std::vector<bf16> a_MK(256), b_KN(256);
  for (int i = 0; i < 256; ++i) {  // small integers: exact in any arithmetic
    a_MK[static_cast<size_t>(i)] = to_bf16(static_cast<float>(i));
    b_KN[static_cast<size_t>(i)] = to_bf16(static_cast<float>((i * 7) % 31 - 15));
  }
  const DeviceArray<bf16> a(a_MK), b(b_KN);
  const DeviceArray<uint32_t> registers(32 * 4);
  const DeviceArray<float> d(256);
  launch(fragments_kernel, 1, 32, 512 * sizeof(bf16), nullptr, a.get(), b.get(), registers.get(),
         d.get());
  // The PTX manual's words for element i of the fragment of a, in a lane: row, then column.
  const auto actual = registers.to_host();
  for (int lane = 0; lane < 32; ++lane) {
    for (int i = 0; i < 8; ++i) {
      const int row = (i < 2 || (i >= 4 && i < 6)) ? lane >> 2 : (lane >> 2) + 8;
      const int column = (lane % 4) * 2 + (i & 1) + (i < 4 ? 0 : 8);
      const uint32_t bits = actual[static_cast<size_t>(lane * 4 + i / 2)] >> (i % 2 * 16) << 16;
      float value;
      std::memcpy(&value, &bits, sizeof value);
      EXPECT_EQ(value, static_cast<float>(row * 16 + column)) << lane << ", " << i;
    }
  }
  const auto d_MN = d.to_host();
  for (size_t m = 0; m < 16; ++m) {
    for (size_t n = 0; n < 16; ++n) {
      float sum = 0;
      for (size_t k = 0; k < 16; ++k)
        sum += to_float(a_MK[m * 16 + k]) * to_float(b_KN[k * 16 + n]);
      EXPECT_EQ(d_MN[m * 16 + n], sum);
    }
  }
}

TEST(Numbers, Bf16IsRoundedToNearestEven) {
  const auto round = [](float from) { return to_float(to_bf16(from)); };
  EXPECT_EQ(round(1 + 0x1p-8f), 1.0f);
  EXPECT_EQ(round(1 + 0x1.8p-7f), 1 + 0x1p-6f);
  EXPECT_EQ(round(1 + 0x1.02p-8f), 1 + 0x1p-7f);
  EXPECT_EQ(round(1 + 0x1.fep-9f), 1.0f);
  EXPECT_EQ(round(0x1.ffp127f), INFINITY);
  EXPECT_EQ(round(-0x1.ffp127f), -INFINITY);
  EXPECT_TRUE(std::isnan(round(NAN)));
  EXPECT_TRUE(std::signbit(round(-0.0f)));
}

}  // namespace jangwon::runtime
