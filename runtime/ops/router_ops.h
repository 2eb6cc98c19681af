// Which experts a token goes to, and with what weights.

#pragma once

#include <cstdint>

#include "runtime/ops/kernel_table.h"

namespace jangwon::runtime {

enum class RouterScoring {
  kSigmoid,            // each expert by itself; a correction bias may shift the choice, never the weight
  kSoftmax,            // over all experts, before the choice
  kSoftmaxOverChosen,  // the choice is made on raw logits
};

struct RouterOptions {
  RouterScoring scoring = RouterScoring::kSigmoid;
  int num_experts = 0;
  int num_chosen = 0;
  int num_groups = 1;       // experts stand in equal groups …
  int num_kept_groups = 1;  // … of which those with the largest sum of their two best scores are kept
  bool normalize = true;    // weights are divided by their sum + epsilon
  float epsilon = 1e-20f;
  float scale = 1.0f;  // and multiplied by this
};

// `scores_E` holds the router's logits and is overwritten. `bias_E` may be null. Ties go to the lower index. Experts of
// rejected groups count as minus infinity, whatever the sign of the others.
void choose_experts(const KernelTable& kernels, const RouterOptions& options, float* scores_E, const float* bias_E,
                    int32_t* ids_A, float* weights_A);

}  // namespace jangwon::runtime
