// Rows of a table from the registry: one row a (model, mode, source), so that every source says
// its own numbers.

#pragma once

#include <string>

#include "reports/registry.h"
#include "reports/table_input.h"

namespace jangwon::reports {

enum class PublishedScope {
  kNational,  // the models that the table is about: those with the role `national`
  kAll,       // the other Korean models and the reference models too
};

// Appends rows and columns. The comparability guard: a value about another problem set than
// the task's is n/c; where the same model has a comparable value from another document of the
// same publisher, that one takes the cell and the n/c value stands beside it. Intervals are
// Wilson's on the task's number of questions, for one run, the widest that the missing number
// of repeats allows.
void add_published_rows(TableInput& table, const Registry& registry, PublishedScope scope);

}  // namespace jangwon::reports
