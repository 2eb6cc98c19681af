// Linear attention on a GPU.

#pragma once

#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

int64_t cuda_delta_state_bytes(const DeltaShape& shape);
void cuda_convolve(OpContext& context, const ConvolveArguments& a);
void cuda_delta_rule(OpContext& context, const DeltaRuleArguments& a);

}  // namespace jangwon::runtime
