// From logits to tokens and their log-probabilities, on a GPU.

#pragma once

#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

int64_t cuda_tokens_scratch_bytes(int64_t vocab_size);
void cuda_choose_tokens(OpContext& context, const ChooseTokensArguments& a);

}  // namespace jangwon::runtime
