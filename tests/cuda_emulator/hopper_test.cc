// What Hopper adds, piece by piece, and a kernel that is made of it with each of its synchronising
// lines left out in turn.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "tests/cuda_emulator/device_array.h"
#include "tests/cuda_emulator/emulator.h"
#include "tests/cuda_emulator/ring_gemm.h"
#include "tests/cuda_emulator/tensor_core.h"

namespace jangwon::runtime {

using namespace cuda_emulator;
using ::testing::HasSubstr;

std::vector<bf16> small_integers(size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<bf16> values(size);
  for (bf16& value : values)
    value = to_bf16(static_cast<float>(random() % 17) - 8);
  return values;
}

// "no error", or what the emulator says.
std::string error_of(const std::function<void()>& run) {
  try {
    run();
  } catch (const KernelError& error) {
    return error.what();
  }
  return "no error";
}

// --- bulk copies: boxes that hang over every edge ---

constexpr int kBoxRows = 16, kBoxColumns = 64, kMatrixRows = 21, kMatrixColumns = 72;

__global__ void box_kernel(const __grid_constant__ CUtensorMap map, int x, int y, bf16* box_RC) {
  bf16* tile = shared_array<bf16>(0, kBoxRows * kBoxColumns);
  uint64_t* arrived = shared_array<uint64_t>(kBoxRows * kBoxColumns * sizeof(bf16), 1);
  if (threadIdx.x == 0) {
    mbarrier_init(arrived, 1);
    fence_mbarrier_init();
    mbarrier_arrive_expect_tx(arrived, kBoxRows * kBoxColumns * sizeof(bf16));
    tma_load_2d(tile, &map, x, y, arrived);
  }
  __syncthreads();
  mbarrier_wait(arrived, 0);
  for (unsigned i = threadIdx.x; i < kBoxRows * kBoxColumns; i += blockDim.x)
    box_RC[i] = tile[swizzle_128(i * sizeof(bf16)) / sizeof(bf16)];
}

TEST(BulkCopies, OutsideOfTheMatrixAreZeros) {
  const auto matrix_RC = small_integers(kMatrixRows * kMatrixColumns, 7);
  const DeviceArray<bf16> matrix(matrix_RC), box(size_t{kBoxRows} * kBoxColumns);
  const CUtensorMap map =
      make_tensor_map(matrix.get(), kMatrixRows, kMatrixColumns, kBoxRows, kBoxColumns);
  const std::pair<int, int> kCorners[] = {{0, 0},  {8, 5},  {64, 16}, {-3, -1},
                                          {72, 0}, {0, 21}, {-64, 0}, {70, 20}};
  for (const int schedule : kSchedules) {
    set_schedule(schedule);
    for (const auto& [x, y] : kCorners) {
      launch(box_kernel, 1, 64, kBoxRows * kBoxColumns * sizeof(bf16) + sizeof(uint64_t), nullptr,
             map, x, y, box.get());
      const auto actual = box.to_host();
      for (int i = 0; i < kBoxRows * kBoxColumns; ++i) {
        const int row = y + i / kBoxColumns, column = x + i % kBoxColumns;
        const bool inside = row >= 0 && row < kMatrixRows && column >= 0 && column < kMatrixColumns;
        ASSERT_EQ(
            to_float(actual[static_cast<size_t>(i)]),
            inside ? to_float(matrix_RC[static_cast<size_t>(row * kMatrixColumns + column)]) : 0)
            << x << ", " << y;
      }
    }
  }
}

TEST(BulkCopies, AreAnErrorOnAnOlderGpu) {
  const DeviceArray<bf16> matrix(small_integers(kMatrixRows * kMatrixColumns, 7)),
      box(size_t{kBoxRows} * kBoxColumns);
  const CUtensorMap map =
      make_tensor_map(matrix.get(), kMatrixRows, kMatrixColumns, kBoxRows, kBoxColumns);
  set_architecture(Architecture::kAmpere);
  EXPECT_THAT(error_of([&] {
                launch(box_kernel, 1, 64, kBoxRows * kBoxColumns * sizeof(bf16) + 8, nullptr, map,
                       0, 0, box.get());
              }),
              HasSubstr("the emulated GPU is older than Hopper"));
  set_architecture(Architecture::kHopper);
}

// --- tiles: swizzle, descriptors and fragments, without the rest ---

enum class TileMistake { kNone, kNoFence, kFenceTooEarly, kNoSwizzle };
constexpr int kTileM = 64, kTileN = 64, kTileK = 64;

// d = a bᵀ where ordinary stores bring the tiles to shared memory, as a kernel does that
// dequantises its weights.
__global__ void tile_product_kernel(TileMistake mistake, const bf16* a_MK, const bf16* b_NK,
                                    float* d_MN) {
  bf16* a_tile = shared_array<bf16>(0, kTileM * kTileK);
  bf16* b_tile = shared_array<bf16>(kTileM * kTileK * sizeof(bf16), kTileN * kTileK);
  if (mistake == TileMistake::kFenceTooEarly) fence_proxy_async();
  for (unsigned i = threadIdx.x; i < kTileM * kTileK; i += blockDim.x) {
    const unsigned byte = i * sizeof(bf16);
    const unsigned to =
        (mistake == TileMistake::kNoSwizzle ? byte : swizzle_128(byte)) / sizeof(bf16);
    a_tile[to] = a_MK[i];
    b_tile[to] = b_NK[i];
  }
  if (mistake == TileMistake::kNone || mistake == TileMistake::kNoSwizzle) fence_proxy_async();
  __syncthreads();
  float d[kTileN / 2];
  const uint64_t a = wgmma_tile(a_tile), b = wgmma_tile(b_tile);
  wgmma_fence();
  for (unsigned k = 0; k < kTileK; k += 16)
    wgmma_m64k16_bf16<kTileN>(d, a + k / 8, b + k / 8, k > 0);
  wgmma_commit();
  wgmma_wait<0>();
  const int lane = static_cast<int>(threadIdx.x) % 32, warp = static_cast<int>(threadIdx.x) / 32;
  for (int i = 0; i < kTileN / 2; ++i) {
    const int row = warp * 16 + lane / 4 + i / 2 % 2 * 8, column = i / 4 * 8 + lane % 4 * 2 + i % 2;
    d_MN[row * kTileN + column] = d[i];
  }
}

std::vector<float> run_tile_product(TileMistake mistake, const std::vector<bf16>& a_MK,
                                    const std::vector<bf16>& b_NK) {
  const DeviceArray<bf16> a(a_MK), b(b_NK);
  const DeviceArray<float> d(size_t{kTileM} * kTileN);
  launch(tile_product_kernel, 1, 128, (kTileM + kTileN) * kTileK * sizeof(bf16), nullptr, mistake,
         a.get(), b.get(), d.get());
  return d.to_host();
}

// Exact in any arithmetic.
bool tile_product_is_right(TileMistake mistake) {
  const auto a_MK = small_integers(kTileM * kTileK, 1), b_NK = small_integers(kTileN * kTileK, 2);
  const auto d_MN = run_tile_product(mistake, a_MK, b_NK);
  for (size_t m = 0; m < kTileM; ++m) {
    for (size_t n = 0; n < kTileN; ++n) {
      float sum = 0;
      for (size_t k = 0; k < kTileK; ++k)
        sum += to_float(a_MK[m * kTileK + k]) * to_float(b_NK[n * kTileK + k]);
      if (d_MN[m * kTileN + n] != sum) return false;
    }
  }
  return true;
}

TEST(Wgmma, MultipliesSwizzledTiles) {
  for (const int schedule : kSchedules) {
    set_schedule(schedule);
    EXPECT_TRUE(tile_product_is_right(TileMistake::kNone));
  }
  EXPECT_FALSE(tile_product_is_right(TileMistake::kNoSwizzle));
}

TEST(Wgmma, DoesNotSeeOrdinaryStoresWithoutAFence) {
  for (const TileMistake mistake : {TileMistake::kNoFence, TileMistake::kFenceTooEarly}) {
    for (const int schedule : kSchedules) {
      set_schedule(schedule);
      EXPECT_THAT(error_of([&] { tile_product_is_right(mistake); }),
                  HasSubstr("ordinary stores that no fence_proxy_async has published"));
    }
  }
}

TEST(Wgmma, AddsAsTheTensorCoreDoes) {
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  std::vector<bf16> a_MK(kTileM * kTileK), b_NK(kTileN * kTileK);
  for (auto* values : {&a_MK, &b_NK}) {
    for (bf16& value : *values)
      value = to_bf16(normal(random));
  }
  const auto d_MN = run_tile_product(TileMistake::kNone, a_MK, b_NK);
  for (size_t m = 0; m < kTileM; ++m) {
    for (size_t n = 0; n < kTileN; ++n) {
      float a_K[kTileK], b_K[kTileK];
      for (size_t k = 0; k < kTileK; ++k) {
        a_K[k] = to_float(a_MK[m * kTileK + k]);
        b_K[k] = to_float(b_NK[n * kTileK + k]);
      }
      ASSERT_EQ(d_MN[m * kTileN + n], tensor_core::dot(a_K, tensor_core::kBf16MinExponent, b_K,
                                                       tensor_core::kBf16MinExponent, kTileK, 0,
                                                       tensor_core::kHopperBf16));
    }
  }
}

// --- tiles without swizzle, brought by copies of bytes in a row, times registers ---

enum class ColumnMistake {
  kNone,
  kNoFence,
  kRegistersChanged,
  kNoWait,
  kHalfACopy,
  kMisaligned,
  kBeyondTheEnd
};
constexpr int kColumnsM = 64, kColumnsN = 128, kColumnsK = 32;

// d = a bᵀ, b in columns of eight: [k / 8][n][8].
__global__ void column_product_kernel(ColumnMistake mistake, const uint16_t* a_MK,
                                      const uint16_t* b_KN8, float* d_MN) {
  constexpr unsigned kCount = kColumnsN * kColumnsK, kBytes = kCount * sizeof(uint16_t);
  uint16_t* tile = shared_array<uint16_t>(0, kCount);
  uint64_t* arrived = shared_array<uint64_t>(kBytes, 1);
  if (threadIdx.x == 0) {
    mbarrier_init(arrived, 1);
    fence_mbarrier_init();
    mbarrier_arrive_expect_tx(arrived, kBytes);
    const unsigned bytes = mistake == ColumnMistake::kHalfACopy ? kBytes / 2 + 8 : kBytes;
    bulk_copy(tile,
              b_KN8 + (mistake == ColumnMistake::kMisaligned     ? 1
                       : mistake == ColumnMistake::kBeyondTheEnd ? 8
                                                                 : 0),
              bytes, arrived);
  }
  __syncthreads();
  mbarrier_wait(arrived, 0);
  const int lane = static_cast<int>(threadIdx.x) % 32, warp = static_cast<int>(threadIdx.x) / 32;
  float d[kColumnsN / 2] = {};
  uint32_t a[kColumnsK / 16][4];
  for (int s = 0; s < kColumnsK / 16; ++s) {
    for (int r = 0; r < 4; ++r) {
      const int row = warp * 16 + lane / 4 + r % 2 * 8, k = s * 16 + lane % 4 * 2 + r / 2 * 8;
      const uint16_t* pair = a_MK + row * kColumnsK + k;
      a[s][r] = pair[0] | uint32_t{pair[1]} << 16;
    }
  }
  const uint64_t b = wgmma_column_tile(tile, kColumnsN);
  if (mistake != ColumnMistake::kNoFence) wgmma_fence();
  for (int s = 0; s < kColumnsK / 16; ++s)
    wgmma_m64k16_bf16<kColumnsN>(d, a[s], b + static_cast<unsigned>(s) * 2 * kColumnsN);
  wgmma_commit();
  if (mistake == ColumnMistake::kRegistersChanged) a[1][2] += lane == 7 ? 1 : 0;
  if (mistake != ColumnMistake::kNoWait) wgmma_wait<0>();
  for (int i = 0; i < kColumnsN / 2; ++i) {
    const int row = warp * 16 + lane / 4 + i / 2 % 2 * 8, column = i / 4 * 8 + lane % 4 * 2 + i % 2;
    d_MN[row * kColumnsN + column] = d[i];
  }
}

// Exact in any arithmetic.
bool column_product_is_right(ColumnMistake mistake) {
  const auto bits_of = [](const std::vector<bf16>& values) {
    std::vector<uint16_t> bits;
    for (const bf16 value : values)
      bits.push_back(value.bits);
    return bits;
  };
  const auto a_MK = small_integers(kColumnsM * kColumnsK, 1),
             b_KN8 = small_integers(kColumnsN * kColumnsK, 2);
  const DeviceArray<uint16_t> a(bits_of(a_MK)), b(bits_of(b_KN8));
  const DeviceArray<float> d(size_t{kColumnsM} * kColumnsN);
  launch(column_product_kernel, 1, 128, kColumnsN * kColumnsK * sizeof(bf16) + sizeof(uint64_t),
         nullptr, mistake, a.get(), b.get(), d.get());
  const auto d_MN = d.to_host();
  for (size_t m = 0; m < kColumnsM; ++m) {
    for (size_t n = 0; n < kColumnsN; ++n) {
      float sum = 0;
      for (size_t k = 0; k < kColumnsK; ++k)
        sum += to_float(a_MK[m * kColumnsK + k]) *
               to_float(b_KN8[(k / 8 * kColumnsN + n) * 8 + k % 8]);
      if (d_MN[m * kColumnsN + n] != sum) return false;
    }
  }
  return true;
}

TEST(ColumnTiles, TimesRegistersAreTheProduct) {
  for (const int schedule : kSchedules) {
    set_schedule(schedule);
    EXPECT_TRUE(column_product_is_right(ColumnMistake::kNone));
  }
}

TEST(ColumnTiles, MistakesAreNoticed) {
  const std::pair<ColumnMistake, const char*> kMistakes[] = {
      {ColumnMistake::kNoFence, "no wgmma_fence since its registers were"},
      {ColumnMistake::kRegistersChanged, "registers that it reads were written before the wait"},
      {ColumnMistake::kNoWait, "exited with wgmmas in flight"},
      {ColumnMistake::kHalfACopy, "not a multiple of 16 bytes"},
      {ColumnMistake::kMisaligned, "misaligned global address"},
      {ColumnMistake::kBeyondTheEnd, "reads beyond an allocation"}};
  set_schedule(0);
  for (const auto& [mistake, message] : kMistakes)
    EXPECT_THAT(error_of([&, m = mistake] { column_product_is_right(m); }), HasSubstr(message));
}

// --- named barriers and the elected lane ---

// Warp 0 writes, warps 1 and 2 read, warp 3 has no part; then the other way round with an arrival
// that does not wait.
__global__ void named_barrier_kernel(int* out) {
  int* values = shared_array<int>(0, 32);
  const int warp = static_cast<int>(threadIdx.x) / 32, lane = static_cast<int>(threadIdx.x) % 32;
  if (warp == 0) {
    values[lane] = lane;
    named_barrier_arrive(1, 96);
    named_barrier_sync(2, 96);
    values[lane] = 100 + lane;
    out[64 + lane] = values[lane];
  } else if (warp < 3) {
    named_barrier_sync(1, 96);
    out[(warp - 1) * 32 + lane] = values[31 - lane];
    named_barrier_arrive(2, 96);
  } else if (elect_one()) {
    out[96] += 1;
  }
}

bool named_barriers_are_right() {
  const DeviceArray<int> out(std::vector<int>(97));
  launch(named_barrier_kernel, 1, 128, 32 * sizeof(int), nullptr, out.get());
  const auto actual = out.to_host();
  bool right = actual[96] == 1;
  for (int i = 0; i < 96; ++i)
    right = right && actual[static_cast<size_t>(i)] == (i < 64 ? 31 - i % 32 : 100 + i % 32);
  return right;
}

TEST(NamedBarriers, HandOverBetweenWarps) {
  for (const int schedule : kSchedules) {
    set_schedule(schedule);
    EXPECT_TRUE(named_barriers_are_right());
  }
}

// --- all of it together ---

struct GemmCase {
  int num_tokens, out_features, hidden_size;
};

// Whether the product is right up to what rounding explains.
bool ring_gemm_is_right(const GemmCase& c) {
  const auto T = static_cast<size_t>(c.num_tokens), F = static_cast<size_t>(c.out_features),
             D = static_cast<size_t>(c.hidden_size);
  const auto x_TD = small_integers(T * D, 3), w_FD = small_integers(F * D, 4);
  const DeviceArray<bf16> x(x_TD), w(w_FD), y(T * F);
  bf16_ring_gemm(x.get(), w.get(), c.num_tokens, c.out_features, c.hidden_size, y.get(), nullptr);
  const auto y_TF = y.to_host();
  for (size_t t = 0; t < T; ++t) {
    for (size_t f = 0; f < F; ++f) {
      float sum = 0;  // exact: integers far below 2^24
      for (size_t d = 0; d < D; ++d)
        sum += to_float(x_TD[t * D + d]) * to_float(w_FD[f * D + d]);
      if (to_float(y_TF[t * F + f]) != to_float(to_bf16(sum))) return false;
    }
  }
  return true;
}

TEST(RingGemm, IsRightUnderEverySchedule) {
  for (const GemmCase& c : {GemmCase{1, 1, 8}, {128, 128, 64}, {127, 130, 72}, {129, 40, 320}}) {
    for (const int schedule : kSchedules) {
      set_schedule(schedule);
      EXPECT_TRUE(ring_gemm_is_right(c))
          << c.num_tokens << " x " << c.out_features << " x " << c.hidden_size;
    }
  }
}

// Each line of `file` that synchronises is left out in turn, and some schedule notices.
void expect_every_line_is_needed(const std::string& file, size_t at_least,
                                 const std::function<bool()>& is_right) {
  set_schedule(0);
  ASSERT_TRUE(is_right());
  size_t num_lines = 0;
  for (const SynchronisingLine& line : synchronising_lines()) {
    if (line.file != file) continue;
    ++num_lines;
    leave_out(line.file, line.line);
    bool noticed = false;
    for (const int schedule : kSchedules) {
      set_schedule(schedule);
      bool right = true;
      const std::string error = error_of([&] { right = is_right(); });
      noticed = noticed || !right || error != "no error";
    }
    leave_out("", 0);
    EXPECT_TRUE(noticed) << line.operation << " in " << file << ":" << line.line;
  }
  EXPECT_GE(num_lines, at_least);
}

// Every block has several tiles, so that each stage is used several times.
TEST(RingGemm, EverySynchronisingLineIsNeeded) {
#ifdef JANGWON_EMULATOR_TSAN
  GTEST_SKIP() << "a data race, at which ThreadSanitizer ends the program";
#endif
  expect_every_line_is_needed("ring_gemm.cu", 14, [] {
    return ring_gemm_is_right({260, 130, 392});
  });
}

}  // namespace jangwon::runtime
