// Attention over the blocks of the cache on a GPU, and an indexer's choice of keys; how keys and
// values stand in a block is ops/kv_block_layout.h's.

#pragma once

#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

void cuda_append_kv(OpContext& context, const AppendKvArguments& a);
void cuda_attend(OpContext& context, const AttendArguments& a);

}  // namespace jangwon::runtime
