// Attention over the blocks of the cache on the CPU; ops/kv_block_layout.h says how keys and
// values stand in one.

#pragma once

#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

// A vector that grows may hold twice what it needs: the bound counts that.
int64_t cpu_scratch_bytes(const ScratchNeeds& needs, int num_threads);
void cpu_append_kv(OpContext& context, const AppendKvArguments& a);
void cpu_attend(OpContext& context, const AttendArguments& a);

}  // namespace jangwon::runtime
