// Routing and experts on the CPU.

#pragma once

#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

void cpu_route_experts(OpContext& context, const RouteArguments& a);
void cpu_experts(OpContext& context, const ExpertArguments& a);

// Of a worker.
int64_t cpu_experts_scratch_bytes(const ScratchNeeds& needs);

}  // namespace jangwon::runtime
