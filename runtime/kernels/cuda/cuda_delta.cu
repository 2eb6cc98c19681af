// A recurrence has one order only, that of the tokens: a thread is a channel of a convolution, or a
// component of the values of a head, and goes through the tokens of its sequence. A state is a
// matrix a head, [values in sixteens, keys, 16], then the last inputs of each convolution. Tests:
// tests/runtime/ops/delta_test.cc.

#include "runtime/kernels/cuda/cuda_delta.h"

#include "runtime/base/portable_math_bodies.h"
#include "runtime/kernels/cuda/cuda_context.h"
#include "runtime/kernels/cuda/lane_math.h"

namespace jangwon::runtime {
namespace delta_kernels {

constexpr float kLengthEpsilon = 1e-6f;
constexpr int kMaxThreads = 256;

// Plain numbers of the shape, on both sides.
__host__ __device__ inline int64_t channels_of(const DeltaShape& shape) {
  return int64_t{shape.num_heads} * shape.head_size;
}
__host__ __device__ inline int64_t matrix_floats_of_head(const DeltaShape& shape) {
  return padded(shape.head_size) * shape.head_size;
}

__device__ inline float* state_of(const LayerStates& states, const SequenceState& sequence) {
  return reinterpret_cast<float*>(states.slots + sequence.slot * states.slot_bytes);
}

__global__ void f32_convolve_kernel(ConvolveArguments a, const SequenceState* sequences) {
  const int64_t channels = channels_of(a.shape);
  const int64_t channel = int64_t{blockIdx.x} * kElementThreads + threadIdx.x;
  if (channel >= channels) return;
  const SequenceState sequence = sequences[blockIdx.y];
  if (sequence.rows.first_position < 0) {
    a.out.row(sequence.rows.first_row)[channel] = 0.0f;
    return;
  }
  const int num_past = a.shape.num_taps - 1;
  float* past = state_of(a.states, sequence) + a.shape.num_heads * matrix_floats_of_head(a.shape) +
                static_cast<int64_t>(a.stream) * num_past * channels + channel;
  // Inputs by their distance from the first token of the step, negative ones from the state.
  const auto input = [&](int token) {
    return token < 0 ? past[(num_past + token) * channels]
                     : a.in.row(sequence.rows.first_row + token)[channel];
  };
  for (int token = 0; token < sequence.rows.num_tokens; ++token) {
    float sum = 0.0f;
    for (int tap = 0; tap < a.shape.num_taps; ++tap)
      sum = sum + input(token - num_past + tap) * a.weight[channel * a.shape.num_taps + tap];
    a.out.row(sequence.rows.first_row + token)[channel] = sigmoid(sum) * sum;
  }
  // Oldest first: what is read lies behind what was written.
  for (int i = 0; i < num_past; ++i)
    past[i * channels] = input(sequence.rows.num_tokens - num_past + i);
}

// What a block, one head of one sequence, has in shared memory.
struct Shared {
  float* q;  // [K], as k and decay
  float* k;
  float* decay;
  float* scales;  // of q and of k, for their length; beta
};

unsigned shared_bytes_of(int head_size) {
  return static_cast<unsigned>((3 * head_size + 3) * sizeof(float));
}

__device__ inline Shared shared_of(int head_size) {
  const unsigned bytes = static_cast<unsigned>(head_size) * sizeof(float);
  const unsigned count = static_cast<unsigned>(head_size);
  return {shared_array<float>(0, count), shared_array<float>(bytes, count),
          shared_array<float>(2 * bytes, count), shared_array<float>(3 * bytes, 3)};
}

// One component of the values through one token.
__device__ inline float step(const Shared& shared, int size, float beta, float v, float* state) {
  float held[4] = {};
  for (int i = 0; i < size; ++i) {
    const float value = state[i * kLanes] * shared.decay[i];
    state[i * kLanes] = value;
    held[i % 4] = fmaf(shared.k[i], value, held[i % 4]);
  }
  const float change = (v - ((held[0] + held[1]) + (held[2] + held[3]))) * beta;
  float read[4] = {};
  for (int i = 0; i < size; ++i) {
    const float value = fmaf(shared.k[i], change, state[i * kLanes]);
    state[i * kLanes] = value;
    read[i % 4] = fmaf(shared.q[i], value, read[i % 4]);
  }
  return (read[0] + read[1]) + (read[2] + read[3]);
}

__global__ void f32_delta_rule_kernel(DeltaRuleArguments a, const SequenceState* sequences) {
  const int size = a.shape.head_size;
  const int head = static_cast<int>(blockIdx.x);
  const SequenceState sequence = sequences[blockIdx.y];
  const int64_t offset = int64_t{head} * size;
  if (sequence.rows.first_position < 0) {
    for (int i = static_cast<int>(threadIdx.x); i < size; i += static_cast<int>(blockDim.x))
      a.out.row(sequence.rows.first_row)[offset + i] = 0.0f;
    return;
  }
  const Shared shared = shared_of(size);
  float* state = state_of(a.states, sequence) + head * matrix_floats_of_head(a.shape);
  // x / sqrt(Σx² + ε) is the RMSNorm with ε / K under weights of K^-½; queries get the scale
  // of scores on top.
  const float root = 1.0f / sqrtf(static_cast<float>(size));
  const float epsilon = kLengthEpsilon / static_cast<float>(size);
  const float rate =
      static_cast<float>(portable_math_bodies::exp(static_cast<double>(a.log_rate_H[head])));
  const int thread = static_cast<int>(threadIdx.x);
  const int threads = static_cast<int>(blockDim.x);
  for (int token = 0; token < sequence.rows.num_tokens; ++token) {
    const int64_t row = sequence.rows.first_row + token;
    const float* q = a.q.row(row) + offset;
    const float* k = a.k.row(row) + offset;
    if (thread < kWarpSize) {
      const float scale = rms_scale(thread < kLanes ? q : k, thread % kLanes, size, epsilon);
      if (thread % kLanes == 0) shared.scales[thread / kLanes] = scale;
      if (thread == 0) shared.scales[2] = sigmoid(a.beta.row(row)[head]) * a.beta_scale;
    }
    __syncthreads();
    for (int i = thread; i < size; i += threads) {
      shared.q[i] = q[i] * shared.scales[0] * (root * root);
      shared.k[i] = k[i] * shared.scales[1] * root;
      const float open = softplus(a.decay.row(row)[offset + i] + a.decay_bias_HK[offset + i]);
      shared.decay[i] = exponential(larger(a.decay_floor, -rate * open));
    }
    __syncthreads();
    for (int i = thread; i < size; i += threads) {
      float* of_component = state + int64_t{i / kLanes} * kLanes * size + i % kLanes;
      a.out.row(row)[offset + i] =
          step(shared, size, shared.scales[2], a.v.row(row)[offset + i], of_component);
    }
    __syncthreads();
  }
}

}  // namespace delta_kernels

using namespace delta_kernels;

int64_t cuda_delta_state_bytes(const DeltaShape& shape) {
  const int64_t floats = shape.num_heads * matrix_floats_of_head(shape) +
                         int64_t{3} * (shape.num_taps - 1) * channels_of(shape);
  return padded(floats) * static_cast<int64_t>(sizeof(float));
}

void cuda_convolve(OpContext& context, const ConvolveArguments& a) {
  if (a.num_sequences == 0) return;
  CudaContext& cuda = as_cuda(context);
  const dim3 grid(blocks_for_elements(channels_of(a.shape)),
                  static_cast<unsigned>(a.num_sequences));
  launch(f32_convolve_kernel, grid, kElementThreads, 0, cuda.stream, on_device(a),
         cuda.states_of(a.sequences, a.num_sequences, a.states.slot_of_sequence));
}

void cuda_delta_rule(OpContext& context, const DeltaRuleArguments& a) {
  if (a.num_sequences == 0) return;
  CudaContext& cuda = as_cuda(context);
  const int threads = std::min(kMaxThreads, ceil_div(a.shape.head_size, kWarpSize) * kWarpSize);
  const dim3 grid(static_cast<unsigned>(a.shape.num_heads), static_cast<unsigned>(a.num_sequences));
  launch(f32_delta_rule_kernel, grid, static_cast<unsigned>(threads),
         shared_bytes_of(a.shape.head_size), cuda.stream, on_device(a),
         cuda.states_of(a.sequences, a.num_sequences, a.states.slot_of_sequence));
}

}  // namespace jangwon::runtime
