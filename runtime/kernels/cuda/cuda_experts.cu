// A token's choice is a warp's, in the arithmetic of the CPU's. Tokens are then grouped by expert
// without atomics: a thread an expert looks through all choices in their order, so rows stand in
// the order of their tokens. Experts are a grid of their own for each row tile and outputs; whoever
// has no rows ends at once, and nothing waits for the host. On Hopper experts with many rows are
// hopper_experts.cu's, with the same bits. Results are added token by token in the
// order of choice. Tests: tests/runtime/ops/routing_test.cc, experts_test.cc.

#include "runtime/kernels/cuda/cuda_experts.h"

#include <algorithm>
#include <climits>
#include <optional>

#include "runtime/kernels/cuda/hopper_experts.h"
#include "runtime/kernels/cuda/product_tile.h"
#include "runtime/kernels/cuda/tensor_tile.h"

namespace jangwon::runtime {
namespace expert_kernels {

constexpr float kLowest = -INFINITY;
constexpr int kGroupThreads = 256;
constexpr int kSlotsAtATime = 1024;  // in shared memory
constexpr int kMaxRowTiles = 64;     // of a grid; its blocks go on to further ones

// --- the choice of one token, by one warp ---

// Of two candidates the one that comes first: the larger, of equals the lower index.
struct Candidate {
  float value;
  int index;
};

__device__ inline Candidate first_of(Candidate a, Candidate b) {
  const bool a_first =
      b.index < 0 ||
      (a.index >= 0 && (a.value > b.value || (a.value == b.value && a.index < b.index)));
  return a_first ? a : b;
}

// Indices of the `count` largest values, in their order; `taken` is [size].
__device__ inline void find_largest(const float* values, int size, int count, int* taken,
                                    int32_t* out) {
  const int lane = static_cast<int>(threadIdx.x);
  // A lane alone looks at the places that it clears and marks, and at its values.
  for (int i = lane; i < size; i += kWarpSize)
    taken[i] = 0;
  for (int place = 0; place < count; ++place) {
    Candidate best{0.0f, -1};
    for (int i = lane; i < size; i += kWarpSize)
      if (taken[i] == 0) best = first_of(best, {values[i], i});
    for (int distance = kWarpSize / 2; distance > 0; distance /= 2) {
      const Candidate other{__shfl_xor_sync(kFullWarp, best.value, distance),
                            __shfl_xor_sync(kFullWarp, best.index, distance)};
      best = first_of(best, other);
    }
    if (best.index % kWarpSize == lane) taken[best.index] = 1;
    if (lane == 0) out[place] = best.index;
  }
  __syncwarp();
}

// In the order of the CPU's softmax, whose sum has sixteen lanes.
__device__ inline void softmax_in_place(float* values, int size) {
  const int lane = static_cast<int>(threadIdx.x) % kLanes;
  float peak = kLowest;
  for (int i = lane; i < size; i += kLanes)
    peak = larger(peak, values[i]);
  for (int distance = kLanes / 2; distance > 0; distance /= 2)
    peak = larger(__shfl_xor_sync(kFullWarp, peak, distance, kLanes), peak);
  float sum = 0.0f;
  for (int i = lane; i < size; i += kLanes)
    sum = sum + exponential(values[i] - peak);
  const float total = sum_lanes(sum);
  // race alone: all values were read for the sum, which is a shuffle's, and no
  // shuffle orders memory
  __syncwarp();
  for (int i = static_cast<int>(threadIdx.x); i < size; i += kWarpSize)
    values[i] = exponential(values[i] - peak) / total;
  __syncwarp();
}

__device__ inline void reject_weak_groups(const RouterOptions& options, int* taken,
                                          float* strengths, int32_t* kept, float* choice_E) {
  const int lane = static_cast<int>(threadIdx.x);
  const int size = options.num_experts / options.num_groups;
  for (int group = lane; group < options.num_groups; group += kWarpSize) {
    float best = kLowest;
    float second = kLowest;
    for (int i = group * size; i < (group + 1) * size; ++i) {
      if (choice_E[i] > best) {
        second = best;
        best = choice_E[i];
      } else if (choice_E[i] > second) {
        second = choice_E[i];
      }
    }
    strengths[group] = best + second;
  }
  find_largest(strengths, options.num_groups, options.num_kept_groups, taken, kept);
  for (int i = lane; i < options.num_experts; i += kWarpSize) {
    bool is_kept = false;
    for (int k = 0; k < options.num_kept_groups; ++k)
      is_kept = is_kept || kept[k] == i / size;
    if (!is_kept) choice_E[i] = options.rejected_score;
  }
}

unsigned choice_bytes_of(const RouterOptions& options) {
  return static_cast<unsigned>((3 * options.num_experts + options.num_groups +
                                options.num_kept_groups + 2 * options.num_chosen) *
                               sizeof(float));
}

__global__ void f32_route_experts_kernel(RouteArguments a) {
  const RouterOptions& options = a.options;
  const int64_t token = blockIdx.x;
  const int lane = static_cast<int>(threadIdx.x);
  const unsigned experts = static_cast<unsigned>(options.num_experts);
  const unsigned groups = static_cast<unsigned>(options.num_groups);
  const unsigned kept_groups = static_cast<unsigned>(options.num_kept_groups);
  const unsigned chosen = static_cast<unsigned>(options.num_chosen);
  unsigned used = 0;
  float* scores_E = shared_array<float>(used, experts);
  float* choice_E = shared_array<float>(used += 4 * experts, experts);
  int* taken = shared_array<int>(used += 4 * experts, experts);
  float* strengths = shared_array<float>(used += 4 * experts, groups);
  int32_t* kept = shared_array<int32_t>(used += 4 * groups, kept_groups);
  int32_t* ids_A = shared_array<int32_t>(used += 4 * kept_groups, chosen);
  float* weights_A = shared_array<float>(used += 4 * chosen, chosen);

  for (int i = lane; i < options.num_experts; i += kWarpSize) {
    const float logit = a.logits_TE.row(token)[i];
    scores_E[i] = options.scoring == RouterScoring::kSigmoid ? sigmoid(logit) : logit;
  }
  __syncwarp();
  if (options.scoring == RouterScoring::kSoftmax) softmax_in_place(scores_E, options.num_experts);
  for (int i = lane; i < options.num_experts; i += kWarpSize)
    choice_E[i] = a.bias_E ? scores_E[i] + a.bias_E[i] : scores_E[i];
  __syncwarp();
  if (options.num_groups > 1) reject_weak_groups(options, taken, strengths, kept, choice_E);
  find_largest(choice_E, options.num_experts, options.num_chosen, taken, ids_A);
  for (int i = lane; i < options.num_chosen; i += kWarpSize)
    weights_A[i] = scores_E[ids_A[i]];
  __syncwarp();
  if (options.scoring == RouterScoring::kSoftmaxOverChosen)
    softmax_in_place(weights_A, options.num_chosen);
  float sum = 0.0f;
  for (int i = 0; i < options.num_chosen; ++i)
    sum = sum + weights_A[i];
  for (int i = lane; i < options.num_chosen; i += kWarpSize) {
    const float weight = options.normalize ? weights_A[i] / (sum + options.epsilon) : weights_A[i];
    a.routing.ids_TA[token * options.num_chosen + i] = ids_A[i];
    a.routing.weights_TA[token * options.num_chosen + i] = weight * options.scale;
  }
}

// --- the grouping of all tokens, by one block ---

// Calls use(slot, position among the expert's) for the slots of expert `expert` in their order; all
// threads take part, those without an expert with a negative one.
template <typename Use>
__device__ int for_slots_of(int expert, const int32_t* ids_TA, int num_slots, int32_t* ids,
                            const Use& use) {
  int count = 0;
  for (int begin = 0; begin < num_slots; begin += kSlotsAtATime) {
    const int size = min(kSlotsAtATime, num_slots - begin);
    __syncthreads();  // the last ones were read
    for (int i = static_cast<int>(threadIdx.x); i < size; i += kGroupThreads)
      ids[i] = ids_TA[begin + i];
    __syncthreads();
    for (int i = 0; i < size; ++i)
      if (ids[i] == expert) use(begin + i, count++);
  }
  return count;
}

__global__ void group_by_expert_kernel(RouteArguments a) {
  const ExpertRouting& routing = a.routing;
  const int num_slots = a.num_tokens * a.options.num_chosen;
  const int experts = a.options.num_experts;
  int32_t* ids = shared_array<int32_t>(0, kSlotsAtATime);
  int32_t* counts = shared_array<int32_t>(kSlotsAtATime * sizeof(int32_t), kGroupThreads);
  int before = 0;  // rows of the experts of earlier rounds
  for (int first = 0; first < experts; first += kGroupThreads) {
    const int expert = first + static_cast<int>(threadIdx.x);
    const bool exists = expert < experts;
    counts[threadIdx.x] =
        for_slots_of(exists ? expert : -1, routing.ids_TA, num_slots, ids, [](int, int) {});
    __syncthreads();
    int begin = before;
    for (unsigned other = 0; other < threadIdx.x; ++other)
      begin += counts[other];
    if (exists) routing.offsets_E[expert] = begin;
    for_slots_of(exists ? expert : -1, routing.ids_TA, num_slots, ids, [&](int slot, int position) {
      routing.row_of_slot_TA[slot] = begin + position;
      routing.token_of_row_TA[begin + position] = slot / a.options.num_chosen;
    });
    for (int other = 0; other < kGroupThreads; ++other)
      before += counts[other];
    // The next round writes counts after barriers of its own.
  }
  if (threadIdx.x == 0) routing.offsets_E[experts] = num_slots;
}

// --- experts ---

// Calls use(first row, count) for the tiles of an expert's rows that are this block's.
template <int kRows, typename Use>
__device__ void for_row_tiles(const ExpertRouting& routing, unsigned expert, const Use& use) {
  const int begin = routing.offsets_E[expert];
  const int end = routing.offsets_E[expert + 1];
  const int step = static_cast<int>(gridDim.y) * kRows;
  for (int row = begin + static_cast<int>(blockIdx.y) * kRows; row < end; row += step)
    use(row, min(kRows, end - row));
}

__device__ inline TileInputs rows_of_tokens(const ExpertArguments& a, int row) {
  return {a.hidden_TD.data, a.hidden_TD.stride, a.routing.token_of_row_TA + row};
}

// gate and up of an expert's rows, and the activation of both. What is for tensor cores is
// the next kernel's.
__global__ void f32_experts_gate_up_kernel(ExpertArguments a, unsigned first,
                                           const MatrixView* gates_E, const MatrixView* ups_E) {
  const MatrixView& gate = gates_E[blockIdx.z];
  const MatrixView& up = ups_E[blockIdx.z];
  if (gate.storage == MatrixView::Storage::kTensor) return;
  const int n = static_cast<int>(blockIdx.x) * kProductThreads + static_cast<int>(threadIdx.x);
  for_row_tiles<kProductRows>(a.routing, first + blockIdx.z, [&](int row, int count) {
    ProductTile of_gate;
    ProductTile of_up;
    multiply_tile(gate, rows_of_tokens(a, row), count, n, of_gate);
    multiply_tile(up, rows_of_tokens(a, row), count, n, of_up);
    for (int r = 0; n < gate.rows && r < count; ++r)
      a.gate_SF.row(row + r)[n] =
          activate(a.activation, a.limit, of_gate.with_bias(gate, n, r), of_up.with_bias(up, n, r));
  });
}

// Whether an expert is another kernel's, because it has more rows than this.
__device__ inline bool has_more_rows(const ExpertRouting& routing, unsigned expert, int most_rows) {
  return routing.offsets_E[expert + 1] - routing.offsets_E[expert] > most_rows;
}

__global__ void __launch_bounds__(kTensorThreads)
    bf16_experts_gate_up_kernel(ExpertArguments a, unsigned first, int most_rows,
                                const MatrixView* gates_E, const MatrixView* ups_E) {
  const MatrixView& gate = gates_E[blockIdx.z];
  const MatrixView& up = ups_E[blockIdx.z];
  if (gate.storage != MatrixView::Storage::kTensor) return;
  if (has_more_rows(a.routing, first + blockIdx.z, most_rows)) return;
  const int panel =
      static_cast<int>(blockIdx.x) * kTensorWarps + static_cast<int>(threadIdx.x) / kWarpSize;
  for_row_tiles<kTensorRows>(a.routing, first + blockIdx.z, [&](int row, int count) {
    TensorTile tiles[2];
    multiply_by_tensor_cores<2>({&gate, &up}, rows_of_tokens(a, row), count, panel, tiles);
#pragma unroll
    for (int j = 0; j < 2; ++j) {
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const int r = tensor_row_of(i);
        const int n = tensor_output_of(panel, j, i);
        if (r >= count || n >= gate.rows) continue;
        const float of_gate = tiles[0].sums[j][i] + (gate.bias ? gate.bias[n] : 0.0f);
        const float of_up = tiles[1].sums[j][i] + (up.bias ? up.bias[n] : 0.0f);
        a.gate_SF.row(row + r)[n] = activate(a.activation, a.limit, of_gate, of_up);
      }
    }
  });
}

__global__ void f32_experts_down_kernel(ExpertArguments a, unsigned first,
                                        const MatrixView* downs_E) {
  const MatrixView& down = downs_E[blockIdx.z];
  if (down.storage == MatrixView::Storage::kTensor) return;
  const int n = static_cast<int>(blockIdx.x) * kProductThreads + static_cast<int>(threadIdx.x);
  for_row_tiles<kProductRows>(a.routing, first + blockIdx.z, [&](int row, int count) {
    ProductTile tile;
    multiply_tile(down, {a.gate_SF.row(row), a.gate_SF.stride, nullptr}, count, n, tile);
    for (int r = 0; n < down.rows && r < count; ++r)
      a.gathered_SD.row(row + r)[n] = tile.with_bias(down, n, r);
  });
}

__global__ void __launch_bounds__(kTensorThreads)
    bf16_experts_down_kernel(ExpertArguments a, unsigned first, int most_rows,
                             const MatrixView* downs_E) {
  const MatrixView& down = downs_E[blockIdx.z];
  if (down.storage != MatrixView::Storage::kTensor) return;
  if (has_more_rows(a.routing, first + blockIdx.z, most_rows)) return;
  const int panel =
      static_cast<int>(blockIdx.x) * kTensorWarps + static_cast<int>(threadIdx.x) / kWarpSize;
  for_row_tiles<kTensorRows>(a.routing, first + blockIdx.z, [&](int row, int count) {
    TensorTile tiles[1];
    multiply_by_tensor_cores<1>({&down}, {a.gate_SF.row(row), a.gate_SF.stride, nullptr}, count,
                                panel, tiles);
    write_tensor_tile(down, tiles[0], panel, count,
                      [&](int r, int n, float value) { a.gathered_SD.row(row + r)[n] = value; });
  });
}

__global__ void f32_experts_combine_kernel(ExpertArguments a) {
  const int64_t index = int64_t{blockIdx.x} * kElementThreads + threadIdx.x;
  const int64_t token = index / a.hidden_size;
  const int64_t i = index % a.hidden_size;
  if (token >= a.num_tokens) return;
  float sum = 0.0f;
  for (int64_t slot = token * a.num_chosen; slot < (token + 1) * a.num_chosen; ++slot)
    sum = sum + a.routing.weights_TA[slot] * a.gathered_SD.row(a.routing.row_of_slot_TA[slot])[i];
  if (a.shared_TD.data) sum = sum + a.shared_TD.row(token)[i];
  a.out_TD.row(token)[i] = sum;
}

}  // namespace expert_kernels

using namespace expert_kernels;

void cuda_route_experts(OpContext& context, const RouteArguments& a) {
  const cudaStream_t stream = as_cuda(context).stream;
  if (a.num_tokens > 0)
    launch(f32_route_experts_kernel, static_cast<unsigned>(a.num_tokens), kWarpSize,
           choice_bytes_of(a.options), stream, a);
  launch(group_by_expert_kernel, 1, kGroupThreads,
         (kSlotsAtATime + kGroupThreads) * sizeof(int32_t), stream, a);
}

namespace {

// Of all experts, on the device; those of one kind stand one after the other.
struct ExpertViews {
  std::vector<MatrixView> gates;
  std::vector<MatrixView> ups;
  std::vector<MatrixView> downs;
};

// Whether some expert of the step may have rows enough for wgmma, and weights that it reads. All
// experts of a layer are stored alike; where they are not, run_experts looks at each.
bool may_use_wgmma(const CudaContext& cuda, const ExpertArguments& a) {
  const CudaMatrix& gate = as_cuda(*a.experts_E[0].gate_FD);
  return a.num_tokens >= cuda.fewest_wgmma_rows && is_for_wgmma(gate.view_at(gate.memory()));
}

// gate, up and down of `count` experts from `first` on; `tiled_rows` are null where all of them
// are for mma.sync.
void run_experts(CudaContext& cuda, const ExpertArguments& a, const ExpertViews& views, int first,
                 int count, const WgmmaRows* tiled_rows) {
  std::vector<MatrixView> all = views.gates;
  all.insert(all.end(), views.ups.begin(), views.ups.end());
  all.insert(all.end(), views.downs.begin(), views.downs.end());
  const MatrixView* gates_E = cuda.put_of_weights(all);
  const MatrixView* ups_E = gates_E + count;
  const MatrixView* downs_E = ups_E + count;
  const auto num_on_tensor_cores = [](const std::vector<MatrixView>& matrices) {
    return std::count_if(matrices.begin(), matrices.end(), [](const MatrixView& v) {
      return v.storage == MatrixView::Storage::kTensor;
    });
  };
  // No expert has more rows than there are tokens.
  const auto grid_of = [&](int outputs, int rows_of_block) {
    const unsigned tiles =
        static_cast<unsigned>(std::min(kMaxRowTiles, ceil_div(a.num_tokens, rows_of_block)));
    return dim3(static_cast<unsigned>(ceil_div(outputs, kTensorOutputs)), tiles,
                static_cast<unsigned>(count));
  };
  const unsigned begin = static_cast<unsigned>(first);
  int most_rows = INT_MAX;  // of an expert for mma.sync
  if (tiled_rows && std::all_of(all.begin(), all.end(), is_for_wgmma)) {
    most_rows = cuda.fewest_wgmma_rows - 1;
    run_wgmma_experts(cuda, a, *tiled_rows,
                      {.first = first, .count = count, .fewest_rows = cuda.fewest_wgmma_rows},
                      {.gates_E = gates_E, .ups_E = ups_E, .downs_E = downs_E});
  }
  const auto fast_gates = num_on_tensor_cores(views.gates);
  if (fast_gates > 0)
    launch(bf16_experts_gate_up_kernel, grid_of(a.inner_size, kTensorRows), kTensorThreads,
           kTensorSharedBytes, cuda.stream, on_device(a), begin, most_rows, gates_E, ups_E);
  if (fast_gates < count)
    launch(f32_experts_gate_up_kernel, grid_of(a.inner_size, kProductRows), kProductThreads,
           kProductSharedBytes, cuda.stream, on_device(a), begin, gates_E, ups_E);
  const auto fast_downs = num_on_tensor_cores(views.downs);
  if (fast_downs > 0)
    launch(bf16_experts_down_kernel, grid_of(a.hidden_size, kTensorRows), kTensorThreads,
           kTensorSharedBytes, cuda.stream, on_device(a), begin, most_rows, downs_E);
  if (fast_downs < count)
    launch(f32_experts_down_kernel, grid_of(a.hidden_size, kProductRows), kProductThreads,
           kProductSharedBytes, cuda.stream, on_device(a), begin, downs_E);
}

// The host waits for the routing, since only chosen experts are copied; then copies run ahead of
// the products by as many experts as there are slots.
void run_streamed_experts(CudaContext& cuda, const ExpertArguments& a,
                          const WgmmaRows* tiled_rows) {
  std::vector<int32_t> offsets_E(static_cast<size_t>(a.num_experts) + 1);
  cuda_download(cuda, offsets_E.data(), a.routing.offsets_E, offsets_E.size() * sizeof(int32_t));
  int64_t largest = 0;
  for (int e = 0; e < a.num_experts; ++e) {
    const ExpertMatrices& matrices = a.experts_E[e];
    largest = std::max(largest, matrices.gate_FD->memory_bytes() + matrices.up_FD->memory_bytes() +
                                    matrices.down_DF->memory_bytes());
  }
  cuda.experts.reserve(largest, cuda.stream);
  for (int e = 0; e < a.num_experts; ++e) {
    if (offsets_E[static_cast<size_t>(e)] == offsets_E[static_cast<size_t>(e) + 1]) continue;
    std::byte* target = cuda.experts.begin_expert();
    const auto bring = [&](const PackedMatrix& packed) {
      const CudaMatrix& matrix = as_cuda(packed);
      cuda.experts.copy(target, matrix.memory(), matrix.memory_bytes());
      const MatrixView view = matrix.view_at(target);
      target += matrix.memory_bytes();  // which keeps its parts' alignment
      return view;
    };
    const ExpertMatrices& matrices = a.experts_E[e];
    const ExpertViews views{.gates = {bring(*matrices.gate_FD)},
                            .ups = {bring(*matrices.up_FD)},
                            .downs = {bring(*matrices.down_DF)}};
    cuda.experts.end_copies();
    run_experts(cuda, a, views, e, 1, tiled_rows);
    cuda.experts.end_expert();
  }
}

}  // namespace

void cuda_experts(OpContext& context, const ExpertArguments& a) {
  if (a.num_tokens == 0) return;
  CudaContext& cuda = as_cuda(context);
  std::optional<WgmmaRows> tiled_rows;
  if (may_use_wgmma(cuda, a)) tiled_rows = make_wgmma_rows(cuda, a);
  if (as_cuda(*a.experts_E[0].gate_FD).is_streamed()) {
    run_streamed_experts(cuda, a, tiled_rows ? &*tiled_rows : nullptr);
  } else {
    ExpertViews views;
    for (int e = 0; e < a.num_experts; ++e) {
      views.gates.push_back(view_of(*a.experts_E[e].gate_FD));
      views.ups.push_back(view_of(*a.experts_E[e].up_FD));
      views.downs.push_back(view_of(*a.experts_E[e].down_DF));
    }
    run_experts(cuda, a, views, 0, a.num_experts, tiled_rows ? &*tiled_rows : nullptr);
  }
  launch(f32_experts_combine_kernel, blocks_for_elements(int64_t{a.num_tokens} * a.hidden_size),
         kElementThreads, 0, cuda.stream, on_device(a));
}

}  // namespace jangwon::runtime
