#include "runtime/device/devices.h"

#include "runtime/kernels/cpu/cpu_ops.h"

namespace jangwon::runtime {

const std::vector<const OpTable*>& all_op_tables() {
  return cpu_op_tables();
}

const OpTable* find_op_table(const std::string& name) {
  for (const OpTable* table : all_op_tables()) {
    if (name == table->name) return table;
  }
  return nullptr;
}

}  // namespace jangwon::runtime
