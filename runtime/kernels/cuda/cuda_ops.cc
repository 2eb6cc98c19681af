#include "runtime/kernels/cuda/cuda_ops.h"

namespace jangwon::runtime {

const std::vector<const OpTable*>& cuda_op_tables() {
  static const std::vector<const OpTable*> tables;
  return tables;
}

}  // namespace jangwon::runtime
