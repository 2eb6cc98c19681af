// What this machine can do at most, for benchmarks to be held against.

#pragma once

#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

Ceilings cpu_measure_ceilings(OpContext& context);

}  // namespace jangwon::runtime
