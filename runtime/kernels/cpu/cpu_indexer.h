// The choice of the keys that sparse attention sees, on the CPU.

#pragma once

#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

// Floats of one worker, for contexts of up to `context_tokens`.
int64_t cpu_indexer_scratch_floats(int num_heads, int64_t context_tokens);
void cpu_choose_keys(OpContext& context, const ChooseKeysArguments& a);

}  // namespace jangwon::runtime
