// Rows of a table from run folders: one row a (run, model), one cell a task, the headline mode in
// front and the other beside.

#pragma once

#include <vector>

#include "reports/registry.h"
#include "reports/run_folder.h"
#include "reports/table_input.h"

namespace jangwon::reports {

// Appends the rows, and the columns that are new. With several runs, rows name theirs. `registry`
// may be null: then tasks go by their ids.
void add_measured_rows(TableInput& table, const std::vector<RunFolder>& runs,
                       const Registry* registry);

// The same for a result that is still in memory, before its folder is complete.
TableInput make_table(const harness::RunResult& result, const Registry* registry);

}  // namespace jangwon::reports
