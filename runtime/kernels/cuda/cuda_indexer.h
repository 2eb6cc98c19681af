// An indexer's choice of keys on a GPU.

#pragma once

#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

int64_t cuda_indexer_scratch_bytes(int64_t context_tokens);
void cuda_choose_keys(OpContext& context, const ChooseKeysArguments& a);

}  // namespace jangwon::runtime
