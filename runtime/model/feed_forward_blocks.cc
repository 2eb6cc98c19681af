#include "runtime/model/feed_forward_blocks.h"

#include <algorithm>

namespace jangwon::runtime {
namespace {

ExpertRouting make_routing(const MoeConfig& moe, int num_tokens, DeviceArena& arena) {
  const int64_t slots = int64_t{num_tokens} * moe.num_experts_per_tok;
  return {.ids_TA = arena.make<int32_t>(slots),
          .weights_TA = arena.make<float>(slots),
          .offsets_E = arena.make<int32_t>(moe.num_experts + 1),
          .row_of_slot_TA = arena.make<int32_t>(slots),
          .token_of_row_TA = arena.make<int32_t>(slots)};
}

// Layers may differ: a format of one's weights is read otherwise than another's.
bool some_down_takes_floats(const std::vector<SwigluWeights>& experts_E) {
  return std::any_of(experts_E.begin(), experts_E.end(),
                     [](const SwigluWeights& expert) { return !expert.down_DF->takes_rounded(); });
}

// Outputs of the first two matrices of a unit.
struct GateAndUp {
  Rows gate_TF = {};
  Rows up_TF = {};
};

GateAndUp make_gate_and_up(const SwigluWeights& weights, int num_tokens, DeviceArena& arena) {
  const int64_t inner = weights.gate_FD->rows();
  const Rows gate_TF = arena.make_rows(num_tokens, inner);
  return {gate_TF, arena.make_rows(num_tokens, inner)};
}

void activate_and_project_down(Ops ops, const LayerConfig& layer, const SwigluWeights& weights,
                               const GateAndUp& inner, int num_tokens, Rows out_TD) {
  OpContext& context = *ops.context;
  ops->activate(context, {.activation = layer.activation,
                          .limit = static_cast<float>(layer.swiglu_limit),
                          .gate = inner.gate_TF,
                          .up = inner.up_TF,
                          .num_rows = num_tokens,
                          .size = static_cast<int>(weights.gate_FD->rows()),
                          .out = inner.gate_TF});
  ops->linear(
      context,
      {.x = inner.gate_TF, .num_rows = num_tokens, .products = {{weights.down_DF.get(), out_TD}}});
}

}  // namespace

void feed_forward_dense(Ops ops, const LayerConfig& layer, const SwigluWeights& weights,
                        ConstRows hidden_TD, int num_tokens, Rows out_TD, DeviceArena& arena) {
  const GateAndUp inner = make_gate_and_up(weights, num_tokens, arena);
  ops->linear(*ops.context, {.x = hidden_TD,
                             .num_rows = num_tokens,
                             .products = {{weights.gate_FD.get(), inner.gate_TF},
                                          {weights.up_FD.get(), inner.up_TF}}});
  activate_and_project_down(ops, layer, weights, inner, num_tokens, out_TD);
}

void feed_forward_experts(Ops ops, const ModelConfig& config, const LayerConfig& layer,
                          const LayerWeights& weights, ConstRows hidden_TD, int num_tokens,
                          Rows out_TD, DeviceArena& arena) {
  const MoeConfig& moe = config.moe;
  const int64_t slots = int64_t{num_tokens} * moe.num_experts_per_tok;
  OpContext& context = *ops.context;
  const Rows logits_TE = arena.make_rows(num_tokens, moe.num_experts);
  GateAndUp shared;
  if (moe.num_shared_experts > 0) shared = make_gate_and_up(weights.shared, num_tokens, arena);
  ops->linear(context, {.x = hidden_TD,
                        .num_rows = num_tokens,
                        .products = {{weights.router_ED.get(), logits_TE},
                                     {weights.shared.gate_FD.get(), shared.gate_TF},
                                     {weights.shared.up_FD.get(), shared.up_TF}}});
  const ExpertRouting routing = make_routing(moe, num_tokens, arena);
  ops->route_experts(context, {.logits_TE = logits_TE,
                               .num_tokens = num_tokens,
                               .options = moe.router,
                               .bias_E = weights.correction_bias_E.data(),
                               .routing = routing});
  Rows shared_TD;
  if (moe.num_shared_experts > 0) {
    shared_TD = arena.make_rows(num_tokens, config.hidden_size);
    activate_and_project_down(ops, layer, weights.shared, shared, num_tokens, shared_TD);
  }
  const auto work_rows = [&](bool wanted, int64_t size) {
    return wanted ? arena.make_rows(slots, size) : Rows();
  };
  ops->experts(context, {.hidden_TD = hidden_TD,
                         .num_tokens = num_tokens,
                         .experts_E = weights.expert_matrices_E.data(),
                         .num_experts = moe.num_experts,
                         .num_chosen = moe.num_experts_per_tok,
                         .hidden_size = config.hidden_size,
                         .inner_size = moe.moe_intermediate_size,
                         .activation = layer.activation,
                         .limit = static_cast<float>(layer.swiglu_limit),
                         .routing = routing,
                         .shared_TD = shared_TD,
                         .out_TD = out_TD,
                         .gathered_SD = work_rows(ops->gathers_experts, config.hidden_size),
                         .gate_SF = work_rows(some_down_takes_floats(weights.experts_E),
                                              moe.moe_intermediate_size)});
}

}  // namespace jangwon::runtime
