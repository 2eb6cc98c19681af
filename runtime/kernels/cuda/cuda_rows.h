// The operators that work row by row or element by element, on a GPU.

#pragma once

#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

void cuda_gather_rows(OpContext& context, const GatherRowsArguments& a);
void cuda_rms_norm(OpContext& context, const RmsNormArguments& a);
void cuda_layer_norm(OpContext& context, const LayerNormArguments& a);
void cuda_gate(OpContext& context, const GateArguments& a);
void cuda_add_residual(OpContext& context, const ResidualArguments& a);
void cuda_activate(OpContext& context, const ActivateArguments& a);
void cuda_rotary_angles(OpContext& context, const RotaryAnglesArguments& a);
void cuda_rotate(OpContext& context, const RotateArguments& a);

}  // namespace jangwon::runtime
