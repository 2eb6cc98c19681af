// The GPU's tables of operators.

#pragma once

#include <vector>

#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

const std::vector<const OpTable*>& cuda_op_tables();

}  // namespace jangwon::runtime
