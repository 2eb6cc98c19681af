// DeepSeek's "noaux_tc" choice and the softmax routers, from the formulas in the models' reports;
// held to the golden checkpoints by tests/runtime/model and to a plain sort by
// tests/runtime/ops/routing_test.cc.
//
// Tokens are grouped by expert, so that a step reads each chosen expert once however many tokens
// chose it; their results are then added token by token in the order of choice, which depends on
// the token alone. What lies between two products stays with the worker that computes it: a step of
// 512 tokens would otherwise write and read some 40 MB a layer for nothing.

#include "runtime/kernels/cpu/cpu_experts.h"

#include <cstring>
#include <initializer_list>
#include <limits>
#include <numeric>

#include "runtime/kernels/cpu/cpu_matrix.h"
#include "runtime/kernels/cpu/task_sizes.h"

namespace jangwon::runtime {
namespace {

constexpr float kLowest = -std::numeric_limits<float>::infinity();
constexpr int64_t kTokensPerTask = 16;
constexpr int64_t kMostUpPanels = 16;  // of a task: gate's and up's stay in the cache together
constexpr int64_t kMostDownPanels = 16;
constexpr int64_t kMostDownFloats = int64_t{1} << 18;  // that a task keeps of all experts' rows
constexpr int kUpRows = 128;  // of an expert at a time, for the same reason

int64_t panels_of(int64_t size) {
  return (size + kPanelWidth - 1) / kPanelWidth;
}

int64_t most_down_panels(int64_t slots) {
  const int64_t fit = kMostDownFloats / std::max<int64_t>(1, slots) / kPanelWidth;
  return std::clamp(fit / kTilePanels * kTilePanels, kTilePanels, kMostDownPanels);
}

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

// A share of one expert's gate and up, for all rows that it has.
struct UpTask {
  int expert = 0;
  int begin = 0;  // of its rows
  int count = 0;
  int64_t first_panel = 0;
  int64_t num_panels = 0;
};

std::vector<UpTask> cut_experts(const ExpertArguments& a, int num_threads) {
  const int64_t panels = panels_of(a.inner_size);
  int64_t left = 0;
  for (int e = 0; e < a.num_experts; ++e)
    left += a.routing.offsets_E[e + 1] > a.routing.offsets_E[e] ? panels : 0;
  std::vector<UpTask> tasks;
  for (int e = 0; e < a.num_experts; ++e) {
    const int begin = a.routing.offsets_E[e];
    const int count = a.routing.offsets_E[e + 1] - begin;
    const int64_t fewest = fewest_panels(work_of(count, 2 * a.hidden_size * kPanelWidth));
    for (int64_t first = 0; count > 0 && first < panels;) {
      const int64_t size = std::min(
          share_of_task(left, num_threads, fewest, kMostUpPanels, kTilePanels), panels - first);
      tasks.push_back({e, begin, count, first, size});
      first += size;
      left -= size;
    }
  }
  return tasks;
}

// From `e` on, the first expert that somebody chose; num_experts where there is none.
int first_busy(const ExpertArguments& a, int e) {
  while (e < a.num_experts && a.routing.offsets_E[e + 1] == a.routing.offsets_E[e])
    ++e;
  return e;
}

// Panels [first, first + count) of every expert's last product.
struct DownTask {
  int64_t first_panel = 0;
  int64_t num_panels = 0;
};

std::vector<DownTask> cut_outputs(const ExpertArguments& a, int num_threads) {
  const int64_t panels = panels_of(a.hidden_size);
  const int64_t most = most_down_panels(int64_t{a.num_tokens} * a.num_chosen);
  int64_t work_of_panel = 0;
  for (int e = first_busy(a, 0); e < a.num_experts; e = first_busy(a, e + 1))
    work_of_panel +=
        work_of(a.routing.offsets_E[e + 1] - a.routing.offsets_E[e], a.inner_size * kPanelWidth);
  const int64_t fewest = fewest_panels(work_of_panel);
  std::vector<DownTask> tasks;
  for (int64_t first = 0; first < panels; first += tasks.back().num_panels) {
    const int64_t left = panels - first;
    tasks.push_back(
        {first, std::min(share_of_task(left, num_threads, fewest, most, kTilePanels), left)});
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

// The tokens' rows, and what experts compute of them before the last product, in the kinds that the
// matrices take.
struct ExpertRows {
  InputKinds in;
  InputKinds between;
  RoundedRows hidden = {};  // by token
};

// A panel more than the rows have keeps sixteen of them from one place of the cache.
constexpr int64_t product_stride(int64_t size) {
  return size + kPanelWidth;
}
Rows make_products(CpuScratch& scratch, int64_t num_rows, int64_t size) {
  grow(scratch.products, num_rows * product_stride(size));
  return {scratch.products.data(), product_stride(size)};
}

// Rows of the tokens that chose an expert, one behind the other.
ProductInputs gather_rows(const ExpertArguments& a, const ExpertRows& rows, int64_t first,
                          int64_t count, CpuScratch& scratch) {
  const int32_t* tokens = a.routing.token_of_row_TA + first;
  ProductInputs inputs;
  if (rows.in.rounded) {
    const int64_t stride = rows.hidden.stride;
    grow(scratch.rounded_rows, count * stride);
    for (int64_t i = 0; i < count; ++i)
      std::memcpy(scratch.rounded_rows.data() + i * stride, rows.hidden.row(tokens[i]),
                  static_cast<size_t>(stride) * sizeof(uint16_t));
    inputs.rounded = {scratch.rounded_rows.data(), stride};
  }
  if (rows.in.floats) {
    const int64_t stride = a.hidden_TD.stride;
    grow(scratch.queries, count * stride);
    for (int64_t i = 0; i < count; ++i)
      std::memcpy(scratch.queries.data() + i * stride, a.hidden_TD.row(tokens[i]),
                  static_cast<size_t>(a.hidden_size) * sizeof(float));
    inputs.floats = {scratch.queries.data(), stride};
  }
  return inputs;
}

void run_gate_and_up(CpuContext& cpu, const ExpertArguments& a, const ExpertRows& rows,
                     const UpTask& task, CpuScratch& scratch) {
  const ExpertMatrices& expert = a.experts_E[task.expert];
  const int64_t size = task.num_panels * kPanelWidth;
  const int64_t offset = task.first_panel * kPanelWidth;
  const auto rounded_count = static_cast<int>(std::min(size, a.inner_size - offset));
  for (int done = 0; done < task.count; done += kUpRows) {
    const int count = std::min(kUpRows, task.count - done);
    const int64_t first = task.begin + done;
    const ProductInputs x = gather_rows(a, rows, first, count, scratch);
    const Rows gate = make_products(scratch, 2 * int64_t{count}, size);
    const Rows up = {gate.row(count), gate.stride};
    as_cpu(*expert.gate_FD)
        .multiply_panels(cpu, x, count, task.first_panel, task.num_panels, gate, scratch,
                         {.next = &as_cpu(*expert.up_FD)});
    as_cpu(*expert.up_FD)
        .multiply_panels(cpu, x, count, task.first_panel, task.num_panels, up, scratch);
    for (int row = 0; row < count; ++row) {
      float* out = rows.between.floats ? a.gate_SF.row(first + row) + offset : gate.row(row);
      activate_lanes(cpu.lanes, a.activation, a.limit, gate.row(row), up.row(row), size, out);
      if (rows.between.rounded)
        cpu.lanes.round_row(out, rounded_count, cpu.rounded_between.row(first + row) + offset);
    }
  }
}

// Some outputs of every token: of its experts, added in the order of choice, and the shared
// experts'. A task has all experts of its columns, so that what they compute is added where it
// still is in the cache.
void run_down(CpuContext& cpu, const ExpertArguments& a, const ProductInputs& between,
              const DownTask& task, CpuScratch& scratch) {
  const int64_t slots = int64_t{a.num_tokens} * a.num_chosen;
  const int64_t size = task.num_panels * kPanelWidth;
  const Rows products = make_products(scratch, slots, size);
  for (int e = first_busy(a, 0); e < a.num_experts;) {
    const int next = first_busy(a, e + 1);
    const int begin = a.routing.offsets_E[e];
    as_cpu(*a.experts_E[e].down_DF)
        .multiply_panels(
            cpu, between.from_row(begin), a.routing.offsets_E[e + 1] - begin, task.first_panel,
            task.num_panels, {products.row(begin), products.stride}, scratch,
            {.next = next < a.num_experts ? &as_cpu(*a.experts_E[next].down_DF) : nullptr});
    e = next;
  }
  const int64_t offset = task.first_panel * kPanelWidth;
  const int64_t columns = std::min(size, a.hidden_size - offset);
  for (int64_t token = 0; token < a.num_tokens; ++token) {
    float* out = a.out_TD.row(token) + offset;
    std::fill(out, out + columns, 0.0f);
    for (int64_t slot = token * a.num_chosen; slot < (token + 1) * a.num_chosen; ++slot) {
      const float weight = a.routing.weights_TA[slot];
      const float* expert_out = products.row(a.routing.row_of_slot_TA[slot]);
      for (int64_t i = 0; i < columns; ++i)
        out[i] += weight * expert_out[i];
    }
    if (a.shared_TD.data == nullptr) continue;
    const float* shared = a.shared_TD.row(token) + offset;
    for (int64_t i = 0; i < columns; ++i)
      out[i] += shared[i];
  }
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
  ExpertRows rows = {.in = kinds_of(a, {&ExpertMatrices::gate_FD, &ExpertMatrices::up_FD}),
                     .between = kinds_of(a, {&ExpertMatrices::down_DF})};
  if (rows.in.rounded) rows.hidden = cpu.round_rows(a.hidden_TD, a.num_tokens, a.hidden_size);
  if (rows.between.rounded) cpu.rounded_between.reserve(slots, a.inner_size);
  const std::vector<UpTask> tasks = cut_experts(a, cpu.num_threads);
  cpu.for_tasks(static_cast<int64_t>(tasks.size()), [&](int64_t task, CpuScratch& scratch) {
    run_gate_and_up(cpu, a, rows, tasks[static_cast<size_t>(task)], scratch);
  });
  ProductInputs between = {.floats = a.gate_SF};
  if (rows.between.rounded) between.rounded = cpu.rounded_between.rows();
  const std::vector<DownTask> down_tasks = cut_outputs(a, cpu.num_threads);
  cpu.for_tasks(static_cast<int64_t>(down_tasks.size()), [&](int64_t task, CpuScratch& scratch) {
    run_down(cpu, a, between, down_tasks[static_cast<size_t>(task)], scratch);
  });
}

int64_t cpu_experts_scratch_bytes(const ScratchNeeds& needs) {
  if (needs.num_experts == 0) return 0;
  const int64_t slots = needs.step_tokens * int64_t{needs.num_chosen_experts};
  const int64_t rows = std::min<int64_t>(kUpRows, slots);
  const int64_t up_size = std::min(kMostUpPanels, panels_of(needs.expert_size)) * kPanelWidth;
  // Steps of fewer slots have wider tasks. What separates rows is a panel beside four or more.
  const int64_t down_size = std::min(kMostDownPanels, panels_of(needs.hidden_size)) * kPanelWidth;
  const int64_t wide_floats =
      std::min(slots * product_stride(down_size), kMostDownFloats + kMostDownFloats / kTilePanels);
  const int64_t down_floats =
      std::max(slots * product_stride(kTilePanels * kPanelWidth), wide_floats);
  const int64_t products = std::max(2 * rows * product_stride(up_size), down_floats);
  return (products + rows * padded(needs.hidden_size)) * int64_t{sizeof(float)} +
         row_buffer_bytes(rows, needs.hidden_size);
}

}  // namespace jangwon::runtime
