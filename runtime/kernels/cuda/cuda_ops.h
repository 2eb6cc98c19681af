// The tables of operators on a GPU.

#pragma once

#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

// "cuda/sm_90" after the GPU's architecture, or "cuda/emulated"; empty where there is
// no GPU that works.
const std::vector<const OpTable*>& cuda_op_tables();

}  // namespace jangwon::runtime
