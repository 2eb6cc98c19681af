// Operators that do nothing, for whoever goes through a step's code without computing: the
// rehearsal of its memory, and a step that a graph has replayed.

#pragma once

#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

// Has operators alone: what concerns memory, matrices and sizes is null. Who replays a graph with
// it sets gathers_experts, for work space in the same places.
const OpTable& idle_ops();

}  // namespace jangwon::runtime
