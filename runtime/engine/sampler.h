// From logits to the next token. A pure function of the logits, the parameters, the tokens so far and the position: the
// random number is counted, not drawn from a state.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "runtime/base/completion.h"

namespace jangwon::runtime {

// The tokens that penalties look at.
struct SampledContext {
  std::span<const int32_t> prompt_ids;
  std::span<const int32_t> reply_ids;
};

// One candidate of the distribution that is sampled from.
struct TokenProbability {
  int32_t id = 0;
  double probability = 0.0;
};

// The distribution after every parameter; it sums to 1. Most probable first (lower id first among equals) where top-k,
// top-p or min-p cut it, by id otherwise. Applied in this order:
// repetition penalty (prompt and reply; positive logits divided, others multiplied), presence penalty (reply;
// subtracted), temperature, top-k, top-p over what is left (the smallest set that reaches it), min-p (against the most
// probable). REQUIRES temperature > 0. Empty where a logit is NaN or none is finite.
std::vector<TokenProbability> token_distribution(std::span<const float> logits, const SamplingParams& params,
                                                 const SampledContext& context);

// The next token; position = reply_ids.size(). Temperature 0 takes the largest logit after penalties, the lowest id
// among equals. Empty where a logit is NaN or none is finite.
std::optional<int32_t> sample_token(std::span<const float> logits, const SamplingParams& params,
                                    const SampledContext& context);

// ln p of a token under the plain distribution (temperature 1, no filters), in double precision.
double log_probability(std::span<const float> logits, int32_t id);

// The same, with the `num_top` most probable tokens.
ScoredToken score_token(std::span<const float> logits, int32_t id, int num_top);

}  // namespace jangwon::runtime
