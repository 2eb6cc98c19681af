// Routing and experts on a GPU.

#pragma once

#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

void cuda_route_experts(OpContext& context, const RouteArguments& a);
void cuda_experts(OpContext& context, const ExpertArguments& a);

}  // namespace jangwon::runtime
