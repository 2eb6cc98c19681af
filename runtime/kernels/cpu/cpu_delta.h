// Linear attention by the delta rule on the CPU, and how a sequence's state stands in its slot.
//
// In floats: the matrices of all heads, [H, ceil(K / kVectorLanes), K, kVectorLanes], components of
// the value inside and padded, so that a vector holds one component of the key for as many of the
// value; then the last inputs of the three convolutions, oldest first, [3, num_taps − 1, H · K].

#pragma once

#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

int64_t cpu_delta_state_bytes(const DeltaShape& shape);
int64_t cpu_delta_scratch_floats(int head_size);  // of one worker
void cpu_convolve(OpContext& context, const ConvolveArguments& a);
void cpu_delta_rule(OpContext& context, const DeltaRuleArguments& a);

}  // namespace jangwon::runtime
