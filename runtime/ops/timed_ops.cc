// A table is plain function pointers, which carry nothing with them: there are as many sets of
// wrappers as an engine has tables at most, and each finds what it wraps in its slot. Tests:
// tests/runtime/ops/op_cost_test.cc.

#include "runtime/ops/timed_ops.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "runtime/base/check.h"

namespace jangwon::runtime {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// How a context is waited for: its device is done with everything before a download is.
struct Waiting {
  const OpTable* table = nullptr;
  void* memory = nullptr;
  double seconds = 0.0;  // of a wait alone
};
constexpr size_t kWaitingBytes = 64;

struct State {
  bool runs = false;
  OpTimesByName times;
  std::map<OpContext*, Waiting> waiting;
};

State& state() {
  static State only;
  return only;
}

void wait_for(const Waiting& waiting, OpContext& context) {
  std::byte value{};
  waiting.table->download(context, &value, waiting.memory, sizeof(value));
}

const Waiting& waiting_for(const OpTable& table, OpContext& context) {
  Waiting& waiting = state().waiting[&context];
  if (waiting.memory) return waiting;
  waiting.table = &table;
  waiting.memory = table.allocate(context, kWaitingBytes);
  JANGWON_CHECK(waiting.memory != nullptr, "out of memory");
  wait_for(waiting, context);
  waiting.seconds = std::numeric_limits<double>::max();
  constexpr int kPasses = 5;
  for (int pass = 0; pass < kPasses; ++pass) {
    const Clock::time_point begin = Clock::now();
    wait_for(waiting, context);
    waiting.seconds = std::min(waiting.seconds, seconds_since(begin));
  }
  return waiting;
}

constexpr size_t kMostTables = 2;  // a CPU's and the GPUs'
const OpTable* wrapped[kMostTables];

template <typename Arguments>
void run(const OpTable& table, OpContext& context, const char* name,
         void (*op)(OpContext&, const Arguments&), const Arguments& a) {
  if (!state().runs) return op(context, a);
  const Waiting& waiting = waiting_for(table, context);
  wait_for(waiting, context);
  const Clock::time_point begin = Clock::now();
  op(context, a);
  wait_for(waiting, context);
  OpTimes& times = state().times[name];
  times.seconds += std::max(0.0, seconds_since(begin) - waiting.seconds);
  ++times.num_calls;
  const OpCost cost = cost_of(a);
  times.cost.bytes += cost.bytes;
  times.cost.products += cost.products;
  times.cost.operations += cost.operations;
  times.h100_seconds += seconds_on(kH100, cost);
  times.h200_seconds += seconds_on(kH200, cost);
}

template <size_t slot>
OpTable wrap(const OpTable& table) {
  OpTable timed_table = table;
#define JANGWON_TIME(OP, ARGUMENTS)                                     \
  timed_table.OP = [](OpContext& context, const ARGUMENTS& a) {         \
    run<ARGUMENTS>(*wrapped[slot], context, #OP, wrapped[slot]->OP, a); \
  }
  JANGWON_TIME(embed, EmbedArguments);
  JANGWON_TIME(gather_rows, GatherRowsArguments);
  JANGWON_TIME(rms_norm, RmsNormArguments);
  JANGWON_TIME(layer_norm, LayerNormArguments);
  JANGWON_TIME(gate, GateArguments);
  JANGWON_TIME(add_residual, ResidualArguments);
  JANGWON_TIME(linear, LinearArguments);
  JANGWON_TIME(linear_heads, HeadLinearArguments);
  JANGWON_TIME(activate, ActivateArguments);
  JANGWON_TIME(rotary_angles, RotaryAnglesArguments);
  JANGWON_TIME(rotate, RotateArguments);
  JANGWON_TIME(append_kv, AppendKvArguments);
  JANGWON_TIME(choose_keys, ChooseKeysArguments);
  JANGWON_TIME(attend, AttendArguments);
  JANGWON_TIME(expand_latents, ExpandLatentsArguments);
  JANGWON_TIME(convolve, ConvolveArguments);
  JANGWON_TIME(delta_rule, DeltaRuleArguments);
  JANGWON_TIME(route_experts, RouteArguments);
  JANGWON_TIME(experts, ExpertArguments);
  JANGWON_TIME(choose_tokens, ChooseTokensArguments);
#undef JANGWON_TIME
  // Times are an operator's: while they are noted every one is called.
  if (table.begin_graph) {
    timed_table.begin_graph = [](OpContext& context, const GraphArguments& a) {
      return state().runs ? GraphRun::kByOperators : wrapped[slot]->begin_graph(context, a);
    };
    timed_table.end_graph = [](OpContext& context) {
      if (!state().runs) wrapped[slot]->end_graph(context);
    };
  }
  return timed_table;
}

}  // namespace

const OpTable& timed(const OpTable& table) {
  static OpTable tables[kMostTables];
  for (size_t slot = 0; slot < kMostTables; ++slot) {
    if (wrapped[slot] == &table) return tables[slot];
    if (wrapped[slot] != nullptr) continue;
    wrapped[slot] = &table;
    tables[slot] = slot == 0 ? wrap<0>(table) : wrap<1>(table);
    return tables[slot];
  }
  JANGWON_CHECK(false, "more tables are timed than an engine has");
  return table;
}

void begin_times() {
  state() = {};
  state().runs = true;
}

OpTimesByName end_times() {
  state().runs = false;
  for (const auto& [context, waiting] : state().waiting)
    waiting.table->release(*context, waiting.memory, kWaitingBytes);
  state().waiting.clear();
  return std::move(state().times);
}

}  // namespace jangwon::runtime
