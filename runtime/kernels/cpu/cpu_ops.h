// The CPU's tables of operators.

#pragma once

#include <vector>

#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

// One for every instruction set that this machine can run, by numerics; of each the portable one
// first, the fastest last.
const std::vector<const OpTable*>& cpu_op_tables();

}  // namespace jangwon::runtime
