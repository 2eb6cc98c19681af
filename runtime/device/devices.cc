#include "runtime/device/devices.h"

#include <algorithm>

#include "runtime/kernels/cpu/cpu_ops.h"

namespace jangwon::runtime {

const std::vector<const OpTable*>& all_op_tables() {
  return cpu_op_tables();
}

const OpTable* find_op_table(const std::string& name, Numerics numerics) {
  for (const OpTable* table : all_op_tables()) {
    if (name == table->name && numerics == table->numerics) return table;
  }
  return nullptr;
}

const OpTable& portable_op_table(Numerics numerics) {
  const auto& tables = all_op_tables();
  return **std::find_if(tables.begin(), tables.end(), [&](const OpTable* t) { return t->numerics == numerics; });
}

const OpTable& fastest_op_table(Numerics numerics) {
  const auto& tables = all_op_tables();
  return **std::find_if(tables.rbegin(), tables.rend(), [&](const OpTable* t) { return t->numerics == numerics; });
}

Numerics fastest_bf16_numerics() {
  return find_op_table("cpu/amx", Numerics::kAmx) ? Numerics::kAmx : Numerics::kChain;
}

}  // namespace jangwon::runtime
