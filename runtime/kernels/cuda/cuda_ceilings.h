// What a GPU can do at most, for benchmarks.

#pragma once

#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

Ceilings cuda_measure_ceilings(OpContext& context);

}  // namespace jangwon::runtime
