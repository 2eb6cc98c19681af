// Sums over a row take sixteen threads, one a lane of the CPU's vectors; everything else a
// thread an element.

#include "runtime/kernels/cuda/cuda_rows.h"

#include "runtime/base/portable_math_bodies.h"
#include "runtime/kernels/cuda/cuda_context.h"
#include "runtime/kernels/cuda/lane_math.h"

namespace jangwon::runtime {
namespace row_kernels {

constexpr int kRowThreads = 128;
constexpr int kRowsOfBlock = kRowThreads / kLanes;

// The element of a thread: row, and index within the row's `size` elements.
struct Element {
  int64_t row;
  int64_t i;
};

__device__ inline bool find_element(int64_t num_rows, int64_t size, Element& element) {
  const int64_t index = int64_t{blockIdx.x} * kElementThreads + threadIdx.x;
  element = {index / size, index % size};
  return index < num_rows * size;
}

// Lanes without a row take part in the sums of their warp and read nothing, neither behind the last
// row nor of another, whose lanes may be writing it: out may be in.
__device__ inline int size_of_row(bool exists, int size) {
  return exists ? size : 0;
}

__global__ void f32_gather_rows_kernel(GatherRowsArguments a) {
  Element at;
  if (find_element(a.num_rows, a.size, at))
    a.out.row(at.row)[at.i] = a.in.row(a.indices[at.row])[at.i];
}

__global__ void f32_rms_norm_kernel(RmsNormArguments a) {
  const int64_t row = int64_t{blockIdx.x} * kRowsOfBlock + threadIdx.x / kLanes;
  const int lane = threadIdx.x % kLanes;
  const int size = size_of_row(row < a.num_rows, a.size);
  const float* in = a.in.row(row);
  const float scale = rms_scale(in, lane, size, a.epsilon);
  float* out = a.out.row(row);
  for (int i = lane; i < size; i += kLanes)
    out[i] = in[i] * scale * a.weight[i];
}

__global__ void f32_layer_norm_kernel(LayerNormArguments a) {
  const int64_t row = int64_t{blockIdx.x} * kRowsOfBlock + threadIdx.x / kLanes;
  const int lane = threadIdx.x % kLanes;
  const int size = size_of_row(row < a.num_rows, a.size);
  const float* in = a.in.row(row);
  float sum = 0.0f;
  for (int i = lane; i < size; i += kLanes)
    sum = sum + in[i];
  const float mean = sum_lanes(sum) / static_cast<float>(a.size);
  float squares = 0.0f;
  for (int i = lane; i < size; i += kLanes) {
    const float distance = in[i] - mean;
    squares = fmaf(distance, distance, squares);
  }
  const float scale = 1.0f / sqrtf(sum_lanes(squares) / static_cast<float>(a.size) + a.epsilon);
  float* out = a.out.row(row);
  for (int i = lane; i < size; i += kLanes)
    out[i] = (in[i] - mean) * scale * a.weight[i] + a.bias[i];
}

__global__ void f32_gate_kernel(GateArguments a) {
  Element at;
  if (!find_element(a.num_rows, int64_t{a.num_heads} * a.size, at)) return;
  const int64_t head = at.i / a.size;
  const int64_t i = at.i % a.size;
  a.out.row(at.row)[head * a.out_head_stride + i] =
      sigmoid(a.gate.row(at.row)[head * a.gate_head_stride + i]) *
      a.in.row(at.row)[head * a.in_head_stride + i];
}

__global__ void f32_add_residual_kernel(ResidualArguments a) {
  Element at;
  if (!find_element(a.num_rows, a.size, at)) return;
  const float update = a.update_TD.row(at.row)[at.i];
  float& hidden = a.hidden_TD.row(at.row)[at.i];
  hidden = hidden + (a.multiplier == 1.0f ? update : update * a.multiplier);
}

__global__ void f32_activate_kernel(ActivateArguments a) {
  Element at;
  if (!find_element(a.num_rows, a.size, at)) return;
  a.out.row(at.row)[at.i] =
      activate(a.activation, a.limit, a.gate.row(at.row)[at.i], a.up.row(at.row)[at.i]);
}

__global__ void f64_rotary_angles_kernel(RotaryAnglesArguments a) {
  Element at;
  if (!find_element(a.num_tokens, a.num_pairs, at)) return;
  const float angle = static_cast<float>(a.positions_T[at.row]) * a.inverse_frequencies[at.i];
  const int64_t index = at.row * a.num_pairs + at.i;
  a.cosines[index] =
      static_cast<float>(portable_math_bodies::cos(static_cast<double>(angle))) * a.magnitude;
  a.sines[index] =
      static_cast<float>(portable_math_bodies::sin(static_cast<double>(angle))) * a.magnitude;
}

// Sixteen threads a head.
__global__ void f32_rotate_kernel(RotateArguments a) {
  const int64_t index = int64_t{blockIdx.x} * kRowsOfBlock + threadIdx.x / kLanes;
  const int lane = threadIdx.x % kLanes;
  const bool exists = index < int64_t{a.num_tokens} * a.num_heads;
  const int64_t token = exists ? index / a.num_heads : 0;
  const int64_t head = exists ? index % a.num_heads : 0;
  const float* in = a.in.row(token) + head * a.in_head_stride;
  float* out = a.out.row(token) + head * a.out_head_stride;
  const int size = size_of_row(exists, a.size);
  const float scale = a.norm_K ? rms_scale(in, lane, size, a.epsilon) : 1.0f;
  for (int i = lane; i < size; i += kLanes)
    out[i] = a.norm_K ? in[i] * scale * a.norm_K[i] : in[i];
  __syncwarp();
  if (!exists || !a.angles.cosines) return;
  const int half = a.angles.dims / 2;
  const bool halves = a.angles.pairs == RotaryPairs::kHalfSplit;
  for (int i = lane; i < half; i += kLanes) {
    float& first = out[halves ? i : 2 * i];
    float& second = out[halves ? i + half : 2 * i + 1];
    const float cosine = a.angles.cosines[token * half + i];
    const float sine = a.angles.sines[token * half + i];
    const float rotated_first = first * cosine - second * sine;
    const float rotated_second = second * cosine + first * sine;
    first = rotated_first;
    second = rotated_second;
  }
}

unsigned blocks_for_rows(int64_t rows) {
  return static_cast<unsigned>(ceil_div<int64_t>(rows, kRowsOfBlock));
}

}  // namespace row_kernels

using namespace row_kernels;

void cuda_gather_rows(OpContext& context, const GatherRowsArguments& a) {
  if (a.num_rows == 0) return;
  launch(f32_gather_rows_kernel, blocks_for_elements(int64_t{a.num_rows} * a.size), kElementThreads,
         0, as_cuda(context).stream, a);
}

void cuda_rms_norm(OpContext& context, const RmsNormArguments& a) {
  if (a.num_rows == 0) return;
  launch(f32_rms_norm_kernel, blocks_for_rows(a.num_rows), kRowThreads, 0, as_cuda(context).stream,
         a);
}

void cuda_layer_norm(OpContext& context, const LayerNormArguments& a) {
  if (a.num_rows == 0) return;
  launch(f32_layer_norm_kernel, blocks_for_rows(a.num_rows), kRowThreads, 0,
         as_cuda(context).stream, a);
}

void cuda_gate(OpContext& context, const GateArguments& a) {
  if (a.num_rows == 0) return;
  launch(f32_gate_kernel, blocks_for_elements(int64_t{a.num_rows} * a.num_heads * a.size),
         kElementThreads, 0, as_cuda(context).stream, a);
}

void cuda_add_residual(OpContext& context, const ResidualArguments& a) {
  if (a.num_rows == 0) return;
  launch(f32_add_residual_kernel, blocks_for_elements(int64_t{a.num_rows} * a.size),
         kElementThreads, 0, as_cuda(context).stream, a);
}

void cuda_activate(OpContext& context, const ActivateArguments& a) {
  if (a.num_rows == 0) return;
  launch(f32_activate_kernel, blocks_for_elements(int64_t{a.num_rows} * a.size), kElementThreads, 0,
         as_cuda(context).stream, a);
}

void cuda_rotary_angles(OpContext& context, const RotaryAnglesArguments& a) {
  if (a.num_tokens == 0 || a.num_pairs == 0) return;
  launch(f64_rotary_angles_kernel, blocks_for_elements(int64_t{a.num_tokens} * a.num_pairs),
         kElementThreads, 0, as_cuda(context).stream, a);
}

void cuda_rotate(OpContext& context, const RotateArguments& a) {
  if (a.num_tokens == 0 || a.num_heads == 0) return;
  launch(f32_rotate_kernel, blocks_for_rows(int64_t{a.num_tokens} * a.num_heads), kRowThreads, 0,
         as_cuda(context).stream, a);
}

}  // namespace jangwon::runtime
