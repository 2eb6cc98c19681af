// Persistent blocks of three warpgroups:
//
//   warpgroup 0        one thread of it, the producer, keeps a ring of stages full
//   warpgroups 1, 2    multiply. A warp owns a panel of sixteen outputs of each of two parts, for
//                      all of the tile's rows: of gate and of up, or two panels of down.
//
// Outputs are the instruction's rows and rows of tokens its columns, so that weights are what comes
// from registers: a panel's pairs of inputs are the words that the instruction wants there, exactly
// as for mma.sync (tensor_tile.h), and weights stand as every other kernel reads them. Rows of
// tokens come from shared memory, where they have the one layout that needs no swizzle:
// eight rows of 16 bytes each are a core, cores of one column stand one after the other, columns
// one after the other. A first kernel writes the rows into global memory that way, and down's are
// written so by gate and up. So a stage is a handful of copies of bytes in a row, without tensor
// maps, from any row on; bytes arrive where the descriptor of the tile says, and a mistake with it
// shows in the sums of the self-check (self_check.h).
//
// A stage holds 64 inputs of both operands and changes hands through two mbarriers. `full` counts
// the producer's one arrival and the bytes, `empty` one arrival of each warp that multiplies. Step
// s of a block, counted through all of its tiles, uses stage s % kStages for the (s / kStages)-th
// time; both sides wait for the parity of that: the warps for this use's `full`, the producer for
// the `empty` of the use before, which a fresh barrier counts as complete. While one warpgroup
// loads its weights into registers, the other's products run.
//
// Who has how many rows only the device knows: every block walks the experts' offsets and takes
// every gridDim.x-th tile. Nothing is split along the inputs, which are added sixteen at a time in
// their order from zero: a row's bits are those of its row in any other tile, and those of mma.sync
// where the two instructions add alike, as they do after the published model of Hopper. The
// self-check compares the two on the GPU at hand, and without equal bits this file is not used.

#include "runtime/kernels/cuda/hopper_experts.h"

#include <algorithm>

#include "runtime/kernels/cuda/lane_math.h"

namespace jangwon::runtime {
namespace hopper_experts {

constexpr int kGroupWarps = 4;
constexpr int kConsumerWarps = 2 * kGroupWarps;
constexpr int kThreads = (kGroupWarps + kConsumerWarps) * kWarpSize;
constexpr int kParts = 2;
constexpr int kTileRows = 128;
constexpr int kInputs = 64;  // of a stage
constexpr int kStep = 16;    // of an instruction
constexpr int kSteps = kInputs / kStep;
constexpr int kCoreInputs = 8;
constexpr int kColumns = kInputs / kCoreInputs;
constexpr int kStages = 4;

// The producer needs few registers; those who multiply hold 128 sums and 32 words of weights.
constexpr int kProducerRegisters = 40;
constexpr int kConsumerRegisters = 232;
static_assert(kWarpSize *
                  (kGroupWarps * kProducerRegisters + kConsumerWarps * kConsumerRegisters) <=
              64 * 1024);

constexpr int kStageHalves = kColumns * kTileRows * kCoreInputs;
constexpr int kPanelWords = kInputs / 2 * kPanelWidth;
constexpr int kStageWords = kParts * kConsumerWarps * kPanelWords;
constexpr unsigned kWeightsAt = kStages * kStageHalves * sizeof(uint16_t);
constexpr unsigned kBarriersAt = kWeightsAt + kStages * kStageWords * sizeof(uint32_t);
constexpr unsigned kSharedBytes = kBarriersAt + 2 * kStages * sizeof(uint64_t);

// Every stage is full: what is added beyond the last input is zero times zero.
__host__ __device__ inline int padded_inputs(int inputs) {
  return ceil_div(inputs, kInputs) * kInputs;
}

// --- which products ---

struct Tile {
  int expert = 0;  // of those of the launch
  int first_row = 0;
  int num_rows = 0;
  int panel = 0;  // the first
};

// Finds tiles by number. REQUIRES: the numbers asked for increase.
class TileWalk {
 public:
  __device__ TileWalk(const WgmmaExperts& experts, const int32_t* offsets_E, int outputs,
                      int panels_of_tile)
      : experts_(experts),
        offsets_E_(offsets_E),
        panels_of_tile_(panels_of_tile),
        tiles_across_(ceil_div(ceil_div(outputs, kPanelWidth), panels_of_tile)) {}

  __device__ bool find(int number, Tile& tile) {
    for (; expert_ < experts_.count; ++expert_) {
      const int begin = offsets_E_[experts_.first + expert_];
      const int rows = offsets_E_[experts_.first + expert_ + 1] - begin;
      if (rows < experts_.fewest_rows) continue;
      const int tiles_down = ceil_div(rows, kTileRows);
      const int index = number - first_number_;
      if (index < tiles_down * tiles_across_) {
        // Neighbours share weights, the larger operand.
        const int row = index % tiles_down * kTileRows;
        tile = {expert_, begin + row, min(kTileRows, rows - row),
                index / tiles_down * panels_of_tile_};
        return true;
      }
      first_number_ += tiles_down * tiles_across_;
    }
    return false;
  }

 private:
  WgmmaExperts experts_;
  const int32_t* offsets_E_;
  int panels_of_tile_;
  int tiles_across_;
  int expert_ = 0;
  int first_number_ = 0;
};

// What the kernels differ in: whose panels a tile's two parts are, and what becomes of the sums.
// The first panel of part p is the tile's plus p · kPartPanels.
struct GateUp {
  static constexpr int kPartPanels = 0;
  const MatrixView* gates_E;
  const MatrixView* ups_E;
  const uint16_t* rows;
  uint16_t* inner;
  int num_rows;
  Activation activation;
  float limit;

  __device__ const MatrixView& matrix(int expert, int part) const {
    return (part == 0 ? gates_E : ups_E)[expert];
  }
  // Two columns of the inner rows for each panel; down's stages are full with zeroes.
  __device__ void store(const Tile& tile, int panel, int column, int row, int n,
                        const float (&sums)[kParts]) const {
    const MatrixView& gate = gates_E[tile.expert];
    const MatrixView& up = ups_E[tile.expert];
    uint16_t half = 0;
    if (n < gate.rows)
      half = nearest_bf16(activate(activation, limit, sums[0] + (gate.bias ? gate.bias[n] : 0.0f),
                                   sums[1] + (up.bias ? up.bias[n] : 0.0f)));
    const int64_t core = int64_t{2 * panel + column} * num_rows + tile.first_row + row;
    inner[core * kCoreInputs + n % kCoreInputs] = half;
  }
};

struct Down {
  static constexpr int kPartPanels = kConsumerWarps;
  const MatrixView* downs_E;
  const uint16_t* rows;
  Rows gathered_SD;
  int num_rows;

  __device__ const MatrixView& matrix(int expert, int /*part*/) const { return downs_E[expert]; }
  __device__ void store(const Tile& tile, int /*panel*/, int /*column*/, int row, int n,
                        const float (&sums)[kParts]) const {
    const MatrixView& down = downs_E[tile.expert];
#pragma unroll
    for (int part = 0; part < kParts; ++part) {
      const int output = n + part * kPartPanels * kPanelWidth;
      if (output >= down.rows) continue;
      gathered_SD.row(tile.first_row + row)[output] =
          down.bias ? sums[part] + down.bias[output] : sums[part];
    }
  }
};

// --- a block ---

struct Ring {
  uint16_t* rows;     // [kStages, kInputs / 8, kTileRows, 8]
  uint32_t* weights;  // [kStages, kParts, kConsumerWarps, kInputs / 2, kPanelWidth]
  uint64_t* full;
  uint64_t* empty;
};

// The panels that a tile has of one part, at most one for each warp.
struct TilePanels {
  const std::byte* elements;  // of the first one
  int64_t panel_bytes;
  int count;
};

template <typename Product>
__device__ TilePanels panels_of(const Product& product, const Tile& tile, int part) {
  const MatrixView& m = product.matrix(tile.expert, part);
  const int first = tile.panel + part * Product::kPartPanels;
  return {m.elements + first * m.panel_bytes, m.panel_bytes,
          max(0, min(kConsumerWarps, ceil_div(m.rows, kPanelWidth) - first))};
}

// Pairs of inputs that a stage holds of a panel.
__device__ inline int pairs_of_stage(int inputs, int k) {
  return ceil_div(min(kInputs, inputs - k), 2);
}

template <typename Product>
__device__ void produce(const Ring& ring, const Product& product, TileWalk walk) {
  int step = 0;
  Tile tile;
  for (int number = static_cast<int>(blockIdx.x); walk.find(number, tile);
       number += static_cast<int>(gridDim.x)) {
    const int inputs = product.matrix(tile.expert, 0).cols;
    const TilePanels parts[kParts] = {panels_of(product, tile, 0), panels_of(product, tile, 1)};
    const unsigned column_bytes =
        static_cast<unsigned>(tile.num_rows * kCoreInputs) * sizeof(uint16_t);
    for (int k = 0; k < inputs; k += kInputs, ++step) {
      const int stage = step % kStages;
      uint64_t* full = &ring.full[stage];
      const unsigned panel_bytes =
          static_cast<unsigned>(pairs_of_stage(inputs, k) * kPanelWidth) * sizeof(uint32_t);
      mbarrier_wait(&ring.empty[stage], static_cast<unsigned>(step / kStages + 1) % 2);
      mbarrier_arrive_expect_tx(
          full, kColumns * column_bytes +
                    static_cast<unsigned>(parts[0].count + parts[1].count) * panel_bytes);
#pragma unroll 1
      for (int column = 0; column < kColumns; ++column)
        bulk_copy(
            ring.rows + stage * kStageHalves + column * kTileRows * kCoreInputs,
            product.rows + (int64_t{k / kCoreInputs + column} * product.num_rows + tile.first_row) *
                               kCoreInputs,
            column_bytes, full);
#pragma unroll
      for (int part = 0; part < kParts; ++part) {
#pragma unroll 1
        for (int i = 0; i < parts[part].count; ++i)
          bulk_copy(ring.weights + stage * kStageWords + (part * kConsumerWarps + i) * kPanelWords,
                    parts[part].elements + i * parts[part].panel_bytes +
                        int64_t{k / 2} * kPanelWidth * int64_t{sizeof(uint32_t)},
                    panel_bytes, full);
      }
    }
  }
}

// A panel's words in the registers of the steps' instructions; zeroes where there are none.
__device__ inline void load_weights(const uint32_t* panel, int pairs,
                                    uint32_t (&weights)[kSteps][4]) {
  const int lane = static_cast<int>(threadIdx.x) % kWarpSize;
#pragma unroll
  for (int s = 0; s < kSteps; ++s) {
#pragma unroll
    for (int r = 0; r < 4; ++r) {
      const int pair = s * kStep / 2 + lane % 4 + r / 2 * 4;
      const int output = lane / 4 + r % 2 * 8;
      weights[s][r] = pair < pairs ? panel[pair * kPanelWidth + output] : 0;
    }
  }
}

template <typename Product>
__device__ void consume(const Ring& ring, int warp, const Product& product, TileWalk walk) {
  const int lane = static_cast<int>(threadIdx.x) % kWarpSize;
  int step = 0;
  Tile tile;
  for (int number = static_cast<int>(blockIdx.x); walk.find(number, tile);
       number += static_cast<int>(gridDim.x)) {
    const int inputs = product.matrix(tile.expert, 0).cols;
    const bool has_panel[kParts] = {warp < panels_of(product, tile, 0).count,
                                    warp < panels_of(product, tile, 1).count};
    float sums[kParts][kTileRows / 2] = {};
    for (int k = 0; k < inputs; k += kInputs, ++step) {
      const int stage = step % kStages;
      mbarrier_wait(&ring.full[stage], static_cast<unsigned>(step / kStages) % 2);
      uint32_t weights[kParts][kSteps][4];
#pragma unroll
      for (int part = 0; part < kParts; ++part)
        load_weights(
            ring.weights + stage * kStageWords + (part * kConsumerWarps + warp) * kPanelWords,
            has_panel[part] ? pairs_of_stage(inputs, k) : 0, weights[part]);
      const uint64_t rows = wgmma_column_tile(ring.rows + stage * kStageHalves, kTileRows);
      wgmma_fence();
#pragma unroll
      for (int s = 0; s < kSteps; ++s) {
#pragma unroll
        for (int part = 0; part < kParts; ++part)
          wgmma_m64k16_bf16<kTileRows>(sums[part], weights[part][s],
                                       rows + s * kStep / kCoreInputs * kTileRows);
      }
      wgmma_commit();
      wgmma_wait<0>();
      if (lane == 0) mbarrier_arrive(&ring.empty[stage]);
    }
    const int panel = tile.panel + warp;
    if (panel * kPanelWidth >= padded_inputs(product.matrix(tile.expert, 0).rows)) continue;
#pragma unroll
    for (int i = 0; i < kTileRows / 2; ++i) {
      const int row = i / 4 * 8 + lane % 4 * 2 + i % 2;
      if (row >= tile.num_rows) continue;
      const int column = i / 2 % 2;
      const float of_row[kParts] = {sums[0][i], sums[1][i]};
      product.store(tile, panel, column, row, panel * kPanelWidth + column * 8 + lane / 4, of_row);
    }
  }
}

template <typename Product>
__device__ void run_block(const Product& product, const WgmmaExperts& experts,
                          const int32_t* offsets_E, int outputs) {
  const Ring ring = {shared_array<uint16_t>(0, kStages * kStageHalves),
                     shared_array<uint32_t>(kWeightsAt, kStages * kStageWords),
                     shared_array<uint64_t>(kBarriersAt, kStages),
                     shared_array<uint64_t>(kBarriersAt + kStages * sizeof(uint64_t), kStages)};
  if (threadIdx.x == 0) {
    for (int stage = 0; stage < kStages; ++stage) {
      mbarrier_init(&ring.full[stage], 1);
      mbarrier_init(&ring.empty[stage], kConsumerWarps);
    }
    fence_mbarrier_init();
  }
  __syncthreads();
  const TileWalk walk(experts, offsets_E, outputs, kConsumerWarps + Product::kPartPanels);
  // The same for all lanes, and the compiler is told so.
  const int warp = __shfl_sync(kFullWarp, static_cast<int>(threadIdx.x) / kWarpSize, 0);
  if (warp < kGroupWarps) {
    decrease_max_registers<kProducerRegisters>();
    if (warp == 0 && elect_one()) produce(ring, product, walk);
  } else {
    increase_max_registers<kConsumerRegisters>();
    consume(ring, warp - kGroupWarps, product, walk);
  }
}

__global__ void __launch_bounds__(kThreads, 1)
    bf16_experts_gate_up_wgmma_kernel(GateUp product, WgmmaExperts experts,
                                      const int32_t* offsets_E, int outputs) {
#if JANGWON_HAS_WGMMA
  run_block(product, experts, offsets_E, outputs);
#endif
}

__global__ void __launch_bounds__(kThreads, 1)
    bf16_experts_down_wgmma_kernel(Down product, WgmmaExperts experts, const int32_t* offsets_E,
                                   int outputs) {
#if JANGWON_HAS_WGMMA
  run_block(product, experts, offsets_E, outputs);
#endif
}

// A thread eight inputs of a row; neighbours have neighbouring rows.
__global__ void bf16_tile_rows_kernel(ConstRows x, const int32_t* token_of_row, int num_rows,
                                      int inputs, uint16_t* tiled) {
  const int64_t index = int64_t{blockIdx.x} * kElementThreads + threadIdx.x;
  const int column = static_cast<int>(index / num_rows);
  const int row = static_cast<int>(index % num_rows);
  if (column * kCoreInputs >= padded_inputs(inputs)) return;
  const float* of_row = x.row(token_of_row[row]);
  for (int i = 0; i < kCoreInputs; ++i) {
    const int k = column * kCoreInputs + i;
    tiled[index * kCoreInputs + i] = k < inputs ? nearest_bf16(of_row[k]) : uint16_t{0};
  }
}

}  // namespace hopper_experts

using namespace hopper_experts;

int64_t wgmma_rows_bytes(int64_t num_rows, int64_t hidden_size, int64_t inner_size) {
  return num_rows * int64_t{sizeof(uint16_t)} *
         (padded_inputs(static_cast<int>(hidden_size)) +
          padded_inputs(static_cast<int>(inner_size)));
}

WgmmaRows make_wgmma_rows(CudaContext& cuda, const ExpertArguments& a) {
  const int64_t num_rows = int64_t{a.num_tokens} * a.num_chosen;
  const int64_t hidden_halves = num_rows * padded_inputs(a.hidden_size);
  WgmmaRows rows;
  rows.hidden = cuda.scratch.make<uint16_t>(
      wgmma_rows_bytes(num_rows, a.hidden_size, a.inner_size) / int64_t{sizeof(uint16_t)});
  rows.inner = rows.hidden + hidden_halves;
  rows.num_rows = static_cast<int>(num_rows);
  launch(bf16_tile_rows_kernel, blocks_for_elements(hidden_halves / kCoreInputs), kElementThreads,
         0, cuda.stream, a.hidden_TD, a.routing.token_of_row_TA, rows.num_rows, a.hidden_size,
         rows.hidden);
  return rows;
}

void run_wgmma_experts(CudaContext& cuda, const ExpertArguments& a, const WgmmaRows& rows,
                       const WgmmaExperts& experts, const WgmmaMatrices& matrices) {
  int multiprocessors = 0;
  check_cuda(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, cuda.device));
  // Full row tiles, and one of each expert that is not full.
  const int row_tiles = rows.num_rows / kTileRows +
                        std::min(experts.count, rows.num_rows / std::max(1, experts.fewest_rows));
  const auto grid_of = [&](int outputs, int panels_of_tile) {
    const int tiles = row_tiles * ceil_div(outputs, panels_of_tile * kPanelWidth);
    return static_cast<unsigned>(std::clamp(tiles, 1, multiprocessors));
  };
  const GateUp gate_up{matrices.gates_E, matrices.ups_E, rows.hidden, rows.inner,
                       rows.num_rows,    a.activation,   a.limit};
  launch(bf16_experts_gate_up_wgmma_kernel, grid_of(a.inner_size, kConsumerWarps), kThreads,
         kSharedBytes, cuda.stream, gate_up, experts, a.routing.offsets_E, a.inner_size);
  const Down down{matrices.downs_E, rows.inner, a.gathered_SD, rows.num_rows};
  launch(bf16_experts_down_wgmma_kernel, grid_of(a.hidden_size, kConsumerWarps + Down::kPartPanels),
         kThreads, kSharedBytes, cuda.stream, down, experts, a.routing.offsets_E, a.hidden_size);
}

}  // namespace jangwon::runtime
