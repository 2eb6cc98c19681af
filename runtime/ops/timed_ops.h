// Operators that note what each call takes and what it costs on paper. While a timer runs, the
// device is waited for before and after every call, so calls do not overlap and the sum is more
// than a step takes; what that waiting takes by itself is taken off.

#pragma once

#include <map>
#include <string>

#include "runtime/ops/op_cost.h"
#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

struct OpTimes {
  int64_t num_calls = 0;
  double seconds = 0.0;
  OpCost cost;
  double h100_seconds = 0.0;  // on paper, call by call
  double h200_seconds = 0.0;
};

// By the operator's name, as OpTable has it.
using OpTimesByName = std::map<std::string, OpTimes>;

// `table`'s operators and, while times are taken, notes of them. The same table for the same one.
const OpTable& timed(const OpTable& table);

// Of all timed tables of the process; one thread at a time calls their operators, and the contexts
// stay until end_times().
void begin_times();
OpTimesByName end_times();

}  // namespace jangwon::runtime
