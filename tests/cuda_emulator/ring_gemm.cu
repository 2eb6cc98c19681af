// Persistent, warp-specialised, TMA into a ring of stages, wgmma out of it.
//
//   warpgroup 0   one thread of its first warp is the producer: it keeps the ring full
//   warpgroup 1   consumes rows 0 to 63 of each tile
//   warpgroup 2   consumes rows 64 to 127
//
// A stage holds 128 tokens and 128 weight rows, each 64 numbers of the hidden size wide: one
// swizzled row of 128 bytes. It changes hands through two mbarriers. `full` counts the producer's
// one arrival and the bytes that TMA brings; `empty` counts one arrival per consumer warp. Step s
// of a block, counted through all of its tiles, uses stage s % kStages for the (s / kStages)-th
// time, so both sides wait for the parity of s / kStages: the consumer for this use's `full`, the
// producer for the previous use's `empty`, which a fresh barrier counts as complete.

#include "tests/cuda_emulator/ring_gemm.h"

#include <algorithm>

namespace jangwon::runtime {
namespace ring_gemm {

constexpr int kGroupThreads = 128;
constexpr int kConsumerGroups = 2, kConsumerWarps = kConsumerGroups * kGroupThreads / kWarpSize;
constexpr int kThreads = (1 + kConsumerGroups) * kGroupThreads;
constexpr int kTileT = 128, kTileF = 128, kTileD = 64, kStepD = 16;
constexpr int kGroupT = kTileT / kConsumerGroups;
constexpr int kStages = 4;
constexpr int kStageX = kTileT * kTileD, kStageW = kTileF * kTileD;
constexpr unsigned kStageBytes = (kStageX + kStageW) * sizeof(bf16);
constexpr unsigned kBarrierOffset = kStages * kStageBytes;
constexpr size_t kSharedBytes = kBarrierOffset + 2 * kStages * sizeof(uint64_t);

// The producer needs few registers, so the consumers can have more than the launch gives everybody.
constexpr int kProducerRegisters = 40, kConsumerRegisters = 232;

struct Shape {
  int num_tokens, out_features, hidden_size;

  __host__ __device__ int tiles_down() const { return ceil_div(num_tokens, kTileT); }
  __host__ __device__ int num_tiles() const {
    return tiles_down() * ceil_div(out_features, kTileF);
  }
  __host__ __device__ int num_steps() const { return ceil_div(hidden_size, kTileD); }
};

struct Ring {
  bf16 *x, *w;
  uint64_t *full, *empty;
};

__device__ void produce(const Ring& ring, const CUtensorMap& x_map, const CUtensorMap& w_map,
                        const Shape& shape) {
  int step = 0;  // through all tiles
  for (int tile = static_cast<int>(blockIdx.x); tile < shape.num_tiles();
       tile += static_cast<int>(gridDim.x)) {
    const int t = tile % shape.tiles_down() * kTileT, f = tile / shape.tiles_down() * kTileF;
    for (int i = 0; i < shape.num_steps(); ++i, ++step) {
      const int stage = step % kStages, use = step / kStages;
      mbarrier_wait(&ring.empty[stage], static_cast<unsigned>(use + 1) % 2);
      mbarrier_arrive_expect_tx(&ring.full[stage], kStageBytes);
      tma_load_2d(ring.x + stage * kStageX, &x_map, i * kTileD, t, &ring.full[stage]);
      tma_load_2d(ring.w + stage * kStageW, &w_map, i * kTileD, f, &ring.full[stage]);
    }
  }
}

__device__ void store(const float (&sums)[kTileF / 2], int first_t, int first_f, const Shape& shape,
                      bf16* y_TF) {
  const int lane = static_cast<int>(threadIdx.x) % kWarpSize,
            warp = static_cast<int>(threadIdx.x) / kWarpSize % 4;
  for (int i = 0; i < kTileF / 2; ++i) {
    const int t = first_t + warp * 16 + lane / 4 + i / 2 % 2 * 8,
              f = first_f + i / 4 * 8 + lane % 4 * 2 + i % 2;
    if (t < shape.num_tokens && f < shape.out_features)
      y_TF[int64_t{t} * shape.out_features + f] = to_bf16(sums[i]);
  }
}

__device__ void consume(const Ring& ring, int group, const Shape& shape, bf16* y_TF) {
  const bool speaks_for_warp = threadIdx.x % kWarpSize == 0;
  int step = 0;  // through all tiles
  for (int tile = static_cast<int>(blockIdx.x); tile < shape.num_tiles();
       tile += static_cast<int>(gridDim.x)) {
    float sums[kTileF / 2];
    for (int i = 0; i < shape.num_steps(); ++i, ++step) {
      const int stage = step % kStages, use = step / kStages;
      mbarrier_wait(&ring.full[stage], static_cast<unsigned>(use) % 2);
      const uint64_t x = wgmma_tile(ring.x + stage * kStageX + group * kGroupT * kTileD);
      const uint64_t w = wgmma_tile(ring.w + stage * kStageW);
      wgmma_fence();
      for (unsigned d = 0; d < kTileD; d += kStepD)
        wgmma_m64k16_bf16<kTileF>(sums, x + d / 8, w + d / 8, /*accumulate=*/i > 0 || d > 0);
      wgmma_commit();
      // While this step's products run, the previous step's are complete: its stage may
      // be filled again.
      wgmma_wait<1>();
      if (i > 0 && speaks_for_warp) mbarrier_arrive(&ring.empty[(step - 1) % kStages]);
    }
    wgmma_wait<0>();
    if (speaks_for_warp) mbarrier_arrive(&ring.empty[(step - 1) % kStages]);
    store(sums, tile % shape.tiles_down() * kTileT + group * kGroupT,
          tile / shape.tiles_down() * kTileF, shape, y_TF);
  }
}

}  // namespace ring_gemm

__global__ void __launch_bounds__(ring_gemm::kThreads, 1)
    bf16_ring_gemm_kernel(const __grid_constant__ CUtensorMap x_map,
                          const __grid_constant__ CUtensorMap w_map, ring_gemm::Shape shape,
                          bf16* y_TF) {
  using namespace ring_gemm;
  const Ring ring = {shared_array<bf16>(0, kStages * kStageX),
                     shared_array<bf16>(kStages * kStageX * sizeof(bf16), kStages * kStageW),
                     shared_array<uint64_t>(kBarrierOffset, kStages),
                     shared_array<uint64_t>(kBarrierOffset + kStages * sizeof(uint64_t), kStages)};
  if (threadIdx.x == 0) {
    for (int stage = 0; stage < kStages; ++stage) {
      mbarrier_init(&ring.full[stage], 1);
      mbarrier_init(&ring.empty[stage], kConsumerWarps);
    }
    fence_mbarrier_init();
  }
  __syncthreads();
  grid_dependency_wait();  // all above overlaps with the kernel that writes x
  // The same for all lanes, and the compiler is told so.
  const int warp = __shfl_sync(kFullWarp, static_cast<int>(threadIdx.x) / kWarpSize, 0),
            group = warp / 4;
  if (group == 0) {
    decrease_max_registers<kProducerRegisters>();
    if (warp == 0 && elect_one()) produce(ring, x_map, w_map, shape);
  } else {
    increase_max_registers<kConsumerRegisters>();
    consume(ring, group - 1, shape, y_TF);
  }
  grid_dependency_trigger();
}

void bf16_ring_gemm(const bf16* x_TD, const bf16* w_FD, int num_tokens, int out_features,
                    int hidden_size, bf16* y_TF, cudaStream_t stream) {
  using namespace ring_gemm;
  const auto rows = [](int count) { return static_cast<uint64_t>(count); };
  const CUtensorMap x_map =
      make_tensor_map(x_TD, rows(num_tokens), rows(hidden_size), kTileT, kTileD);
  const CUtensorMap w_map =
      make_tensor_map(w_FD, rows(out_features), rows(hidden_size), kTileF, kTileD);
  const Shape shape = {num_tokens, out_features, hidden_size};
  int multiprocessors = 0;
  check_cuda(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, 0));
  launch_overlapped(bf16_ring_gemm_kernel,
                    static_cast<unsigned>(std::min(multiprocessors, shape.num_tiles())), kThreads,
                    kSharedBytes, stream, x_map, w_map, shape, y_TF);
}

}  // namespace jangwon::runtime
