// DeepSeek's "noaux_tc" choice and the softmax routers, from the formulas in the models' reports; held to the golden
// checkpoints by tests/runtime/model and to a plain sort by tests/runtime/ops/router_ops_test.cc.

#include "runtime/ops/router_ops.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

namespace jangwon::runtime {
namespace {

constexpr float kLowest = -std::numeric_limits<float>::infinity();

// Indices of the `count` largest values, largest first, lower index first among equals.
void largest(const float* values, int size, int count, int32_t* out) {
  thread_local std::vector<int32_t> order;
  order.resize(static_cast<size_t>(size));
  std::iota(order.begin(), order.end(), 0);
  std::partial_sort(order.begin(), order.begin() + count, order.end(),
                    [&](int32_t a, int32_t b) { return values[a] > values[b] || (values[a] == values[b] && a < b); });
  std::copy_n(order.begin(), count, out);
}

void reject_weak_groups(const RouterOptions& options, float* choice_E) {
  const int size = options.num_experts / options.num_groups;
  std::vector<float> strengths(static_cast<size_t>(options.num_groups));
  for (int group = 0; group < options.num_groups; ++group) {
    float best = kLowest;
    float second = kLowest;
    for (int i = group * size; i < (group + 1) * size; ++i) {
      if (choice_E[i] > best) {
        second = best;
        best = choice_E[i];
      } else if (choice_E[i] > second) {
        second = choice_E[i];
      }
    }
    strengths[static_cast<size_t>(group)] = best + second;
  }
  std::vector<int32_t> kept(static_cast<size_t>(options.num_kept_groups));
  largest(strengths.data(), options.num_groups, options.num_kept_groups, kept.data());
  for (int group = 0; group < options.num_groups; ++group) {
    if (std::find(kept.begin(), kept.end(), group) != kept.end()) continue;
    std::fill(choice_E + group * size, choice_E + (group + 1) * size, kLowest);
  }
}

void softmax_in_place(const KernelTable& kernels, float* values, int size) {
  // The kernel rounds its range up to whole lanes, so it works on a padded copy.
  thread_local std::vector<float> padded;
  padded.assign(static_cast<size_t>((size + kLanes - 1) / kLanes * kLanes), 0.0f);
  std::copy_n(values, size, padded.begin());
  const float total = kernels.f32_softmax(padded.data(), 0, size, 1.0f, kLowest);
  for (int i = 0; i < size; ++i)
    values[i] = padded[static_cast<size_t>(i)] / total;
}

}  // namespace

void choose_experts(const KernelTable& kernels, const RouterOptions& options, float* scores_E, const float* bias_E,
                    int32_t* ids_A, float* weights_A) {
  const int experts = options.num_experts;
  const int chosen = options.num_chosen;
  if (options.scoring == RouterScoring::kSigmoid) kernels.f32_sigmoid(scores_E, experts);
  if (options.scoring == RouterScoring::kSoftmax) softmax_in_place(kernels, scores_E, experts);

  thread_local std::vector<float> choice;
  choice.assign(scores_E, scores_E + experts);
  for (int i = 0; bias_E && i < experts; ++i)
    choice[static_cast<size_t>(i)] += bias_E[i];
  if (options.num_groups > 1) reject_weak_groups(options, choice.data());
  largest(choice.data(), experts, chosen, ids_A);

  for (int i = 0; i < chosen; ++i)
    weights_A[i] = scores_E[ids_A[i]];
  if (options.scoring == RouterScoring::kSoftmaxOverChosen) softmax_in_place(kernels, weights_A, chosen);
  float sum = 0.0f;
  for (int i = 0; i < chosen; ++i)
    sum += weights_A[i];
  for (int i = 0; i < chosen; ++i)
    weights_A[i] = (options.normalize ? weights_A[i] / (sum + options.epsilon) : weights_A[i]) * options.scale;
}

}  // namespace jangwon::runtime
