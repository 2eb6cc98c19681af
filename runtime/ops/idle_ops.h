// Operators that do nothing, for whoever goes through a step's code without computing: the
// rehearsal of its memory, and a step that a graph has replayed.

#pragma once

#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

// In place of `device`: a step over them has its work space in the places that it has over those.
// What concerns memory, matrices and sizes is null.
OpTable idle_ops(const OpTable& device);

}  // namespace jangwon::runtime
