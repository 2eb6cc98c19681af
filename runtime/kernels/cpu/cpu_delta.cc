// A recurrence has one order only, that of the tokens: work is cut into sequences and heads (of a
// convolution: into channels), and how many tokens a step brings changes no bit. Tests:
// tests/runtime/ops/delta_test.cc.

#include "runtime/kernels/cpu/cpu_delta.h"

#include <cmath>

#include "runtime/base/portable_math.h"
#include "runtime/kernels/cpu/cpu_context.h"

namespace jangwon::runtime {
namespace {

constexpr int64_t kChannelsPerTask = 256;
constexpr int kTokensAtATime = 32;
constexpr float kLengthEpsilon = 1e-6f;

int64_t channels_of(const DeltaShape& shape) {
  return int64_t{shape.num_heads} * shape.head_size;
}

int64_t matrix_floats_of_head(const DeltaShape& shape) {
  return padded(shape.head_size) * shape.head_size;
}

float* state_of(const LayerStates& states, int sequence) {
  return reinterpret_cast<float*>(states.slots +
                                  states.slot_of_sequence[sequence] * states.slot_bytes);
}

// Channels [first, first + count) of one sequence.
void convolve_channels(const LaneKernels& lanes, const ConvolveArguments& a, int sequence,
                       int64_t first, int64_t count) {
  const int64_t channels = channels_of(a.shape);
  const int num_past = a.shape.num_taps - 1;
  const SequenceRows& rows = a.sequences[sequence];
  float* past = state_of(a.states, sequence) + a.shape.num_heads * matrix_floats_of_head(a.shape) +
                static_cast<int64_t>(a.stream) * num_past * channels + first;
  // Inputs by their distance from the first token of the step, negative ones from the state.
  const auto input = [&](int token) {
    return token < 0 ? past + (num_past + token) * channels
                     : a.in.row(rows.first_row + token) + first;
  };
  for (int token = 0; token < rows.num_tokens; ++token) {
    float* out = a.out.row(rows.first_row + token) + first;
    std::fill_n(out, count, 0.0f);
    for (int tap = 0; tap < a.shape.num_taps; ++tap) {
      const float* in = input(token - num_past + tap);
      const float* weight = a.weight + first * a.shape.num_taps + tap;
      for (int64_t i = 0; i < count; ++i)
        out[i] += in[i] * weight[i * a.shape.num_taps];
    }
    lanes.f32_sigmoid_mul(out, out, count, out);
  }
  // Oldest first: what is read lies behind what was written.
  for (int i = 0; i < num_past; ++i)
    std::copy_n(input(rows.num_tokens - num_past + i), count, past + i * channels);
}

// Some tokens of one head, as the kernel wants them.
struct HeadTokens {
  float* q;      // [kTokensAtATime, K]
  float* k;      // [kTokensAtATime, K]
  float* decay;  // [kTokensAtATime, K]
  float* beta;   // [kTokensAtATime]
};

void run_head(const LaneKernels& lanes, const DeltaRuleArguments& a, int sequence, int head,
              CpuScratch& scratch) {
  const int size = a.shape.head_size;
  const SequenceRows& rows = a.sequences[sequence];
  scratch.queries.resize(static_cast<size_t>(cpu_delta_scratch_floats(size)));
  float* memory = scratch.queries.data();
  const HeadTokens tokens{.q = memory,
                          .k = memory + kTokensAtATime * size,
                          .decay = memory + 2 * kTokensAtATime * size,
                          .beta = memory + 3 * kTokensAtATime * size};
  // x / sqrt(Σx² + ε) is the RMSNorm with ε / K under weights of K^-½; queries get the scale
  // of scores on top.
  const float root = 1.0f / std::sqrt(static_cast<float>(size));
  float* q_weight = tokens.beta + kTokensAtATime;
  float* k_weight = q_weight + size;
  std::fill_n(q_weight, size, root * root);
  std::fill_n(k_weight, size, root);
  const float epsilon = kLengthEpsilon / static_cast<float>(size);
  const float rate = static_cast<float>(portable_exp(static_cast<double>(a.log_rate_H[head])));
  const int64_t offset = int64_t{head} * size;
  float* state = state_of(a.states, sequence) + head * matrix_floats_of_head(a.shape);
  for (int first = 0; first < rows.num_tokens; first += kTokensAtATime) {
    const int count = std::min(kTokensAtATime, rows.num_tokens - first);
    for (int i = 0; i < count; ++i) {
      const int64_t row = rows.first_row + first + i;
      lanes.f32_rms_norm(a.q.row(row) + offset, q_weight, size, epsilon, tokens.q + i * size);
      lanes.f32_rms_norm(a.k.row(row) + offset, k_weight, size, epsilon, tokens.k + i * size);
      lanes.f32_decay(a.decay.row(row) + offset, a.decay_bias_HK + offset, rate, a.decay_floor,
                      size, tokens.decay + i * size);
      tokens.beta[i] = a.beta.row(row)[head];
    }
    lanes.f32_sigmoid(tokens.beta, count);
    for (int i = 0; i < count; ++i)
      tokens.beta[i] *= a.beta_scale;
    lanes.f32_delta_rule({.num_tokens = count,
                          .size = size,
                          .q = tokens.q,
                          .k = tokens.k,
                          .decay = tokens.decay,
                          .beta = tokens.beta,
                          .v = a.v.row(rows.first_row + first) + offset,
                          .v_stride = a.v.stride,
                          .state = state,
                          .out = a.out.row(rows.first_row + first) + offset,
                          .out_stride = a.out.stride});
  }
}

}  // namespace

int64_t cpu_delta_state_bytes(const DeltaShape& shape) {
  const int64_t floats = shape.num_heads * matrix_floats_of_head(shape) +
                         int64_t{3} * (shape.num_taps - 1) * channels_of(shape);
  return padded(floats) * static_cast<int64_t>(sizeof(float));
}

int64_t cpu_delta_scratch_floats(int head_size) {
  return int64_t{3 * kTokensAtATime + 2} * head_size + kTokensAtATime;
}

void cpu_convolve(OpContext& context, const ConvolveArguments& a) {
  CpuContext& cpu = as_cpu(context);
  const int64_t channels = channels_of(a.shape);
  const int64_t parts = (channels + kChannelsPerTask - 1) / kChannelsPerTask;
  cpu.for_tasks(a.num_sequences * parts, [&](int64_t task, CpuScratch&) {
    const int64_t first = task % parts * kChannelsPerTask;
    convolve_channels(cpu.lanes, a, static_cast<int>(task / parts), first,
                      std::min(kChannelsPerTask, channels - first));
  });
}

void cpu_delta_rule(OpContext& context, const DeltaRuleArguments& a) {
  CpuContext& cpu = as_cpu(context);
  const int64_t heads = a.shape.num_heads;
  cpu.for_tasks(a.num_sequences * heads, [&](int64_t task, CpuScratch& scratch) {
    run_head(cpu.lanes, a, static_cast<int>(task / heads), static_cast<int>(task % heads), scratch);
  });
}

}  // namespace jangwon::runtime
