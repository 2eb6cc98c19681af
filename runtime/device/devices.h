// What this machine can compute with.

#pragma once

#include <string>
#include <vector>

#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

// The one list of tables, which the engine, tests and benchmarks walk, by numerics: of each the portable reference
// first, each device's fastest last.
const std::vector<const OpTable*>& all_op_tables();

// By name ("cpu/avx2"); null where it is unknown or this machine cannot run it.
const OpTable* find_op_table(const std::string& name, Numerics numerics);

// That of the machine's fastest products with bf16 inputs.
Numerics fastest_bf16_numerics();

const OpTable& portable_op_table(Numerics numerics);
const OpTable& fastest_op_table(Numerics numerics);

}  // namespace jangwon::runtime
