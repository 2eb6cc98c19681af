// DeepSeek's "noaux_tc" choice and the softmax routers, from the formulas in the models' reports;
// held to the golden checkpoints by tests/runtime/model and to a plain sort by
// tests/runtime/ops/routing_test.cc.
//
// Tokens are grouped by expert, so that a step reads each chosen expert once however many tokens
// chose it; their results are then added token by token in the order of choice, which depends on
// the token alone.

#include "runtime/kernels/cpu/cpu_experts.h"

#include <cstring>
#include <initializer_list>
#include <limits>
#include <numeric>

#include "runtime/kernels/cpu/cpu_matrix.h"

namespace jangwon::runtime {
namespace {

constexpr float kLowest = -std::numeric_limits<float>::infinity();
constexpr int64_t kTokensPerTask = 16;
constexpr int64_t kPanelsPerTask = 8;

// Indices of the `count` largest values, largest first, lower index first among equals.
void find_largest(const float* values, int size, int count, std::vector<int32_t>& order,
                  int32_t* out) {
  order.resize(static_cast<size_t>(size));
  std::iota(order.begin(), order.end(), 0);
  std::partial_sort(order.begin(), order.begin() + count, order.end(), [&](int32_t a, int32_t b) {
    return values[a] > values[b] || (values[a] == values[b] && a < b);
  });
  std::copy_n(order.begin(), count, out);
}

void reject_weak_groups(const RouterOptions& options, std::vector<int32_t>& order,
                        float* choice_E) {
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
  find_largest(strengths.data(), options.num_groups, options.num_kept_groups, order, kept.data());
  for (int group = 0; group < options.num_groups; ++group) {
    if (std::find(kept.begin(), kept.end(), group) != kept.end()) continue;
    std::fill(choice_E + group * size, choice_E + (group + 1) * size, options.rejected_score);
  }
}

void softmax_in_place(const LaneKernels& lanes, float* values, int size,
                      std::vector<float>& padded_values) {
  // The kernel rounds its range up to whole lanes, so it works on a padded copy.
  padded_values.assign(static_cast<size_t>((size + kVectorLanes - 1) / kVectorLanes * kVectorLanes),
                       0.0f);
  std::copy_n(values, size, padded_values.begin());
  const float total = lanes.f32_softmax(padded_values.data(), 0, size, 1.0f, kLowest);
  for (int i = 0; i < size; ++i)
    values[i] = padded_values[static_cast<size_t>(i)] / total;
}

// One token's choice from its logits.
void choose_experts(const LaneKernels& lanes, const RouteArguments& a, int64_t token,
                    CpuScratch& scratch) {
  const RouterOptions& options = a.options;
  const int experts = options.num_experts;
  const int chosen = options.num_chosen;
  int32_t* ids_A = a.routing.ids_TA + token * chosen;
  float* weights_A = a.routing.weights_TA + token * chosen;
  scratch.scores.assign(a.logits_TE.row(token), a.logits_TE.row(token) + experts);
  float* scores_E = scratch.scores.data();
  if (options.scoring == RouterScoring::kSigmoid) lanes.f32_sigmoid(scores_E, experts);
  if (options.scoring == RouterScoring::kSoftmax)
    softmax_in_place(lanes, scores_E, experts, scratch.softmax);

  scratch.choice.assign(scores_E, scores_E + experts);
  for (int i = 0; a.bias_E && i < experts; ++i)
    scratch.choice[static_cast<size_t>(i)] += a.bias_E[i];
  if (options.num_groups > 1) reject_weak_groups(options, scratch.order, scratch.choice.data());
  find_largest(scratch.choice.data(), experts, chosen, scratch.order, ids_A);

  for (int i = 0; i < chosen; ++i)
    weights_A[i] = scores_E[ids_A[i]];
  if (options.scoring == RouterScoring::kSoftmaxOverChosen)
    softmax_in_place(lanes, weights_A, chosen, scratch.softmax);
  float sum = 0.0f;
  for (int i = 0; i < chosen; ++i)
    sum += weights_A[i];
  for (int i = 0; i < chosen; ++i)
    weights_A[i] =
        (options.normalize ? weights_A[i] / (sum + options.epsilon) : weights_A[i]) * options.scale;
}

// Gives each slot its row among those of its expert: a stable counting sort.
void group_by_expert(const RouteArguments& a) {
  const ExpertRouting& routing = a.routing;
  const int64_t chosen = a.options.num_chosen;
  const int64_t slots = a.num_tokens * chosen;
  const int experts = a.options.num_experts;
  std::fill_n(routing.offsets_E, experts + 1, 0);
  for (int64_t slot = 0; slot < slots; ++slot)
    ++routing.offsets_E[routing.ids_TA[slot] + 1];
  std::partial_sum(routing.offsets_E, routing.offsets_E + experts + 1, routing.offsets_E);
  std::vector<int32_t> next(routing.offsets_E, routing.offsets_E + experts);
  for (int64_t slot = 0; slot < slots; ++slot) {
    const int32_t row = next[static_cast<size_t>(routing.ids_TA[slot])]++;
    routing.row_of_slot_TA[slot] = row;
    routing.token_of_row_TA[row] = static_cast<int32_t>(slot / chosen);
  }
}

// A share of one expert's outputs, for all rows that it has.
struct ExpertTask {
  int expert = 0;
  int begin = 0;  // of its rows
  int count = 0;
  int64_t first_panel = 0;
  int64_t num_panels = 0;
};

std::vector<ExpertTask> cut_experts(const ExpertArguments& a, int64_t size) {
  const int64_t panels = (size + kPanelWidth - 1) / kPanelWidth;
  std::vector<ExpertTask> tasks;
  for (int e = 0; e < a.num_experts; ++e) {
    const int begin = a.routing.offsets_E[e];
    const int count = a.routing.offsets_E[e + 1] - begin;
    for (int64_t first = 0; count > 0 && first < panels; first += kPanelsPerTask)
      tasks.push_back({e, begin, count, first, std::min(kPanelsPerTask, panels - first)});
  }
  return tasks;
}

// The kinds of rows that some matrices read; those of a layer may differ.
struct InputKinds {
  bool floats = false;
  bool rounded = false;
};
InputKinds kinds_of(const ExpertArguments& a,
                    std::initializer_list<const PackedMatrix * ExpertMatrices::*> matrices) {
  InputKinds kinds;
  for (int e = 0; e < a.num_experts; ++e) {
    for (const auto matrix : matrices) {
      const bool rounded = as_cpu(*(a.experts_E[e].*matrix)).takes_rounded();
      (rounded ? kinds.rounded : kinds.floats) = true;
    }
  }
  return kinds;
}

void run_gate_and_up(CpuContext& cpu, const ExpertArguments& a, const ProductInputs& slots,
                     bool rounds_outputs, const ExpertTask& task, CpuScratch& scratch) {
  const ExpertMatrices& expert = a.experts_E[task.expert];
  const ProductInputs x = slots.from_row(task.begin);
  const Rows gate = {a.gate_SF.row(task.begin), a.gate_SF.stride};
  const Rows up = {a.up_SF.row(task.begin), a.up_SF.stride};
  as_cpu(*expert.gate_FD)
      .multiply_panels(cpu, x, task.count, task.first_panel, task.num_panels, gate, scratch);
  as_cpu(*expert.up_FD)
      .multiply_panels(cpu, x, task.count, task.first_panel, task.num_panels, up, scratch);
  const int64_t offset = task.first_panel * kPanelWidth;
  const int64_t size = task.num_panels * kPanelWidth;
  for (int row = 0; row < task.count; ++row) {
    float* out = gate.row(row) + offset;
    activate_lanes(cpu.lanes, a.activation, a.limit, out, up.row(row) + offset, size, out);
    if (!rounds_outputs) continue;
    const auto count = static_cast<int>(std::min(size, a.inner_size - offset));
    cpu.lanes.round_row(out, count, cpu.rounded_between.row(task.begin + row) + offset);
  }
}

// The hidden states, a row a slot, in the kinds that the experts take.
ProductInputs gather_slots(CpuContext& cpu, const ExpertArguments& a, int64_t slots) {
  const InputKinds kinds = kinds_of(a, {&ExpertMatrices::gate_FD, &ExpertMatrices::up_FD});
  if (kinds.rounded) cpu.rounded_inputs.reserve(slots, a.hidden_size);
  cpu.for_rows(slots, kTokensPerTask, [&](int64_t first, int64_t count, CpuScratch&) {
    for (int64_t row = first; row < first + count; ++row) {
      const float* hidden = a.hidden_TD.row(a.routing.token_of_row_TA[row]);
      if (kinds.rounded) cpu.lanes.round_row(hidden, a.hidden_size, cpu.rounded_inputs.row(row));
      if (kinds.floats)
        std::memcpy(a.gathered_SD.row(row), hidden,
                    sizeof(float) * static_cast<size_t>(a.hidden_size));
    }
  });
  ProductInputs inputs = {.floats = a.gathered_SD};
  if (kinds.rounded) inputs.rounded = cpu.rounded_inputs.rows();
  return inputs;
}

void combine_token(const ExpertArguments& a, int64_t token) {
  float* out = a.out_TD.row(token);
  std::fill(out, out + a.hidden_size, 0.0f);
  for (int64_t slot = token * a.num_chosen; slot < (token + 1) * a.num_chosen; ++slot) {
    const float weight = a.routing.weights_TA[slot];
    const float* expert_out = a.gathered_SD.row(a.routing.row_of_slot_TA[slot]);
    for (int i = 0; i < a.hidden_size; ++i)
      out[i] += weight * expert_out[i];
  }
  if (a.shared_TD.data == nullptr) return;
  const float* shared = a.shared_TD.row(token);
  for (int i = 0; i < a.hidden_size; ++i)
    out[i] += shared[i];
}

}  // namespace

void cpu_route_experts(OpContext& context, const RouteArguments& a) {
  CpuContext& cpu = as_cpu(context);
  cpu.for_rows(a.num_tokens, kTokensPerTask,
               [&](int64_t first, int64_t count, CpuScratch& scratch) {
                 for (int64_t t = first; t < first + count; ++t)
                   choose_experts(cpu.lanes, a, t, scratch);
               });
  group_by_expert(a);
}

void cpu_experts(OpContext& context, const ExpertArguments& a) {
  CpuContext& cpu = as_cpu(context);
  const int64_t slots = int64_t{a.num_tokens} * a.num_chosen;
  const ProductInputs inputs = gather_slots(cpu, a, slots);
  const bool rounds_between = kinds_of(a, {&ExpertMatrices::down_DF}).rounded;
  if (rounds_between) cpu.rounded_between.reserve(slots, a.inner_size);
  const std::vector<ExpertTask> up_tasks = cut_experts(a, a.inner_size);
  cpu.for_tasks(static_cast<int64_t>(up_tasks.size()), [&](int64_t task, CpuScratch& scratch) {
    run_gate_and_up(cpu, a, inputs, rounds_between, up_tasks[static_cast<size_t>(task)], scratch);
  });
  ProductInputs between = {.floats = a.gate_SF};
  if (rounds_between) between.rounded = cpu.rounded_between.rows();
  // The gathered rows were read for the last time: the experts' outputs take their place.
  const std::vector<ExpertTask> down_tasks = cut_experts(a, a.hidden_size);
  cpu.for_tasks(static_cast<int64_t>(down_tasks.size()), [&](int64_t i, CpuScratch& scratch) {
    const ExpertTask& task = down_tasks[static_cast<size_t>(i)];
    const Rows y = {a.gathered_SD.row(task.begin), a.gathered_SD.stride};
    as_cpu(*a.experts_E[task.expert].down_DF)
        .multiply_panels(cpu, between.from_row(task.begin), task.count, task.first_panel,
                         task.num_panels, y, scratch);
  });
  cpu.for_rows(a.num_tokens, kTokensPerTask, [&](int64_t first, int64_t count, CpuScratch&) {
    for (int64_t t = first; t < first + count; ++t)
      combine_token(a, t);
  });
}

}  // namespace jangwon::runtime
