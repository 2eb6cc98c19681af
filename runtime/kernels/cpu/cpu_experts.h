// Routing and experts on the CPU.

#pragma once

#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

void cpu_route_experts(OpContext& context, const RouteArguments& a);
void cpu_experts(OpContext& context, const ExpertArguments& a);

}  // namespace jangwon::runtime
