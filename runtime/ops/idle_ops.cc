#include "runtime/ops/idle_ops.h"

namespace jangwon::runtime {
namespace {

template <typename Arguments>
void nothing(OpContext&, const Arguments&) {}

}  // namespace

OpTable idle_ops(const OpTable& device) {
  OpTable idle = {};
  idle.name = "idle";
  idle.gathers_experts = device.gathers_experts;
  idle.embed = nothing<EmbedArguments>;
  idle.gather_rows = nothing<GatherRowsArguments>;
  idle.rms_norm = nothing<RmsNormArguments>;
  idle.layer_norm = nothing<LayerNormArguments>;
  idle.gate = nothing<GateArguments>;
  idle.add_residual = nothing<ResidualArguments>;
  idle.linear = nothing<LinearArguments>;
  idle.linear_heads = nothing<HeadLinearArguments>;
  idle.activate = nothing<ActivateArguments>;
  idle.rotary_angles = nothing<RotaryAnglesArguments>;
  idle.rotate = nothing<RotateArguments>;
  idle.append_kv = nothing<AppendKvArguments>;
  idle.choose_keys = nothing<ChooseKeysArguments>;
  idle.attend = nothing<AttendArguments>;
  idle.expand_latents = nothing<ExpandLatentsArguments>;
  idle.convolve = nothing<ConvolveArguments>;
  idle.delta_rule = nothing<DeltaRuleArguments>;
  idle.route_experts = nothing<RouteArguments>;
  idle.experts = nothing<ExpertArguments>;
  idle.choose_tokens = nothing<ChooseTokensArguments>;
  return idle;
}

}  // namespace jangwon::runtime
