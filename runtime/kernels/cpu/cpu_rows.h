// The CPU's operators that work on one row at a time.

#pragma once

#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

void cpu_gather_rows(OpContext& context, const GatherRowsArguments& a);
void cpu_rms_norm(OpContext& context, const RmsNormArguments& a);
void cpu_layer_norm(OpContext& context, const LayerNormArguments& a);
void cpu_gate(OpContext& context, const GateArguments& a);
void cpu_add_residual(OpContext& context, const ResidualArguments& a);
void cpu_activate(OpContext& context, const ActivateArguments& a);
void cpu_rotary_angles(OpContext& context, const RotaryAnglesArguments& a);
void cpu_rotate(OpContext& context, const RotateArguments& a);

}  // namespace jangwon::runtime
