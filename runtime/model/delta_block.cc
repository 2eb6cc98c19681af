#include "runtime/model/delta_block.h"

namespace jangwon::runtime {
namespace {

Rows convolve(Ops ops, const DeltaStep& step, DeltaStream stream, const DeviceVector& taps,
              const LinearProduct& in, DeviceArena& arena) {
  const std::vector<SequenceRows>& sequences = step.tokens.sequences;
  const Rows out_THK = arena.make_rows(step.tokens.num_tokens, in.weight->rows());
  ops->convolve(*ops.context, {.shape = delta_shape_of(step.config),
                               .stream = stream,
                               .sequences = sequences.data(),
                               .num_sequences = static_cast<int>(sequences.size()),
                               .in = in.y,
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
  const auto product_with = [&](const WeightMatrix& weight) {
    return LinearProduct{weight.get(), arena.make_rows(num_tokens, weight->rows())};
  };
  const LinearProduct q_in = product_with(w.q_HKxD);
  const LinearProduct k_in = product_with(w.k_HKxD);
  const LinearProduct v_in = product_with(w.v_HKxD);
  const LinearProduct decay_low = product_with(w.decay_down_RD);
  const LinearProduct beta = product_with(w.beta_HD);
  const LinearProduct gate_low = product_with(w.gate_down_RD);
  ops->linear(context, {.x = hidden_TD,
                        .num_rows = num_tokens,
                        .products = {q_in, k_in, v_in, decay_low, beta, gate_low}});
  const Rows q_THK = convolve(ops, step, DeltaStream::kQueries, w.q_taps, q_in, arena);
  const Rows k_THK = convolve(ops, step, DeltaStream::kKeys, w.k_taps, k_in, arena);
  const Rows v_THK = convolve(ops, step, DeltaStream::kValues, w.v_taps, v_in, arena);
  const LinearProduct decay = product_with(w.decay_up_HKxR);
  ops->linear(context, {.x = decay_low.y, .num_rows = num_tokens, .products = {decay}});
  const Rows mixed_THK = arena.make_rows(num_tokens, int64_t{delta.num_heads} * delta.head_dim);
  ops->delta_rule(context, {.shape = delta_shape_of(step.config),
                            .sequences = sequences.data(),
                            .num_sequences = static_cast<int>(sequences.size()),
                            .q = q_THK,
                            .k = k_THK,
                            .v = v_THK,
                            .decay = decay.y,
                            .beta = beta.y,
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
  const LinearProduct gate = product_with(w.gate_up_HKxR);
  ops->linear(context, {.x = gate_low.y, .num_rows = num_tokens, .products = {gate}});
  ops->gate(context, {.in = mixed_THK,
                      .gate = gate.y,
                      .num_rows = num_tokens,
                      .size = delta.num_heads * delta.head_dim,
                      .out = mixed_THK});
  ops->linear(context,
              {.x = mixed_THK, .num_rows = num_tokens, .products = {{w.o_DxHK.get(), out_TD}}});
}

}  // namespace jangwon::runtime
