// From logits to tokens and their log-probabilities, on the CPU.

#pragma once

#include <span>
#include <vector>

#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

// One candidate of the distribution that is drawn from.
struct TokenProbability {
  int32_t id = 0;
  double probability = 0.0;
};

// The distribution after every parameter; it sums to 1. Most probable first (lower id first among
// equals) where top-k, top-p or min-p cut it, by id otherwise. REQUIRES temperature > 0. Empty
// where a logit is NaN or none is finite.
std::vector<TokenProbability> token_distribution(std::span<const float> logits,
                                                 const TokenDraw& draw);

void cpu_choose_tokens(OpContext& context, const ChooseTokensArguments& a);

}  // namespace jangwon::runtime
