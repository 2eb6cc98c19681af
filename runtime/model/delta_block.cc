#include "runtime/model/delta_block.h"

namespace jangwon::runtime {
namespace {

Rows project(Ops ops, const DeltaStep& step, const WeightMatrix& weight, ConstRows x,
             DeviceArena& arena) {
  const Rows y = arena.make_rows(step.tokens.num_tokens, weight->rows());
  ops->linear(*ops.context,
              {.x = x, .num_rows = step.tokens.num_tokens, .products = {{weight.get(), y}}});
  return y;
}

Rows project_and_convolve(Ops ops, const DeltaStep& step, DeltaStream stream,
                          const WeightMatrix& weight, const DeviceVector& taps, ConstRows hidden_TD,
                          DeviceArena& arena) {
  const std::vector<SequenceRows>& sequences = step.tokens.sequences;
  const Rows in_THK = project(ops, step, weight, hidden_TD, arena);
  const Rows out_THK = arena.make_rows(step.tokens.num_tokens, weight->rows());
  ops->convolve(*ops.context, {.shape = delta_shape_of(step.config),
                               .stream = stream,
                               .sequences = sequences.data(),
                               .num_sequences = static_cast<int>(sequences.size()),
                               .in = in_THK,
                               .weight = taps.data(),
                               .states = step.states,
                               .out = out_THK});
  return out_THK;
}

}  // namespace

DeltaShape delta_shape_of(const ModelConfig& config) {
  return {.num_heads = config.delta.num_heads,
          .head_size = config.delta.head_dim,
          .num_taps = config.delta.num_taps};
}

void mix_by_delta_rule(Ops ops, const DeltaStep& step, ConstRows hidden_TD, Rows out_TD,
                       DeviceArena& arena) {
  const DeltaConfig& delta = step.config.delta;
  const DeltaWeights& w = step.weights;
  const int num_tokens = step.tokens.num_tokens;
  const std::vector<SequenceRows>& sequences = step.tokens.sequences;
  OpContext& context = *ops.context;
  const Rows q_THK =
      project_and_convolve(ops, step, DeltaStream::kQueries, w.q_HKxD, w.q_taps, hidden_TD, arena);
  const Rows k_THK =
      project_and_convolve(ops, step, DeltaStream::kKeys, w.k_HKxD, w.k_taps, hidden_TD, arena);
  const Rows v_THK =
      project_and_convolve(ops, step, DeltaStream::kValues, w.v_HKxD, w.v_taps, hidden_TD, arena);
  const Rows decay_THK = project(ops, step, w.decay_up_HKxR,
                                 project(ops, step, w.decay_down_RD, hidden_TD, arena), arena);
  const Rows beta_TH = project(ops, step, w.beta_HD, hidden_TD, arena);
  const Rows mixed_THK = arena.make_rows(num_tokens, int64_t{delta.num_heads} * delta.head_dim);
  ops->delta_rule(context, {.shape = delta_shape_of(step.config),
                            .sequences = sequences.data(),
                            .num_sequences = static_cast<int>(sequences.size()),
                            .q = q_THK,
                            .k = k_THK,
                            .v = v_THK,
                            .decay = decay_THK,
                            .beta = beta_TH,
                            .log_rate_H = w.log_rate_H.data(),
                            .decay_bias_HK = w.decay_bias_HK.data(),
                            .decay_floor = static_cast<float>(delta.decay_floor),
                            .beta_scale = static_cast<float>(delta.beta_scale),
                            .states = step.states,
                            .out = mixed_THK});
  ops->rotate(context, {.in = mixed_THK,
                        .in_head_stride = delta.head_dim,
                        .num_tokens = num_tokens,
                        .num_heads = delta.num_heads,
                        .size = delta.head_dim,
                        .norm_K = w.out_norm_K.data(),
                        .epsilon = static_cast<float>(step.config.rms_norm_eps),
                        .out = mixed_THK,
                        .out_head_stride = delta.head_dim});
  const Rows gate_THK = project(ops, step, w.gate_up_HKxR,
                                project(ops, step, w.gate_down_RD, hidden_TD, arena), arena);
  ops->gate(context, {.in = mixed_THK,
                      .gate = gate_THK,
                      .num_rows = num_tokens,
                      .size = delta.num_heads * delta.head_dim,
                      .out = mixed_THK});
  ops->linear(context,
              {.x = mixed_THK, .num_rows = num_tokens, .products = {{w.o_DxHK.get(), out_TD}}});
}

}  // namespace jangwon::runtime
